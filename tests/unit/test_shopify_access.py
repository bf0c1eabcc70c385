"""Who we are to Shopify, and that our secret goes nowhere else."""

from __future__ import annotations

import httpx
import pytest

from integration_assets.contracts.errors import ConfigurationError, Denied, Throttled, Unavailable
from resources.shopify import ShopifyAccess
from tests.unit.shopify_answers import SHOP, Stand, answer, data, manual_clock, shop_behind

TOKEN = answer(
    {"access_token": "sample-not-a-token", "scope": "read_products,write_inventory,write_orders", "expires_in": 86399}
)
INFO = data(
    {
        "shop": {
            "name": "Sample",
            "myshopifyDomain": SHOP,
            "currencyCode": "EUR",
            "ianaTimezone": "Europe/Berlin",
        }
    }
)
APP = ShopifyAccess(SHOP, client_id="sample-client", client_secret="sample-secret")


def test_the_client_credentials_are_exchanged_once_and_the_token_is_sent_with_every_call() -> None:
    stand = Stand(access_token=TOKEN, Shop=INFO)
    shopify = shop_behind(stand, access=APP)

    shopify.shop()
    shopify.shop()

    assert stand.operations == ["access_token", "Shop", "Shop"]
    assert stand.requests[0].url == "https://sample-shop.myshopify.com/admin/oauth/access_token"
    assert stand.requests[0].content == (
        b"grant_type=client_credentials&client_id=sample-client&client_secret=sample-secret"
    )
    assert stand.requests[1].url == "https://sample-shop.myshopify.com/admin/api/2026-10/graphql.json"
    assert [request.headers.get("X-Shopify-Access-Token") for request in stand.requests] == [
        None,
        "sample-not-a-token",
        "sample-not-a-token",
    ]


def test_the_shop_is_told_by_name_domain_currency_and_time_zone() -> None:
    info = shop_behind(Stand(Shop=INFO)).shop()

    assert (info.name, info.domain, info.currency, info.timezone) == ("Sample", SHOP, "EUR", "Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "exchanges"), [(86338.0, 1), (86339.0, 2)], ids=["61 s before", "a minute before it expires"]
)
def test_the_token_is_renewed_a_minute_before_it_expires(seconds: float, exchanges: int) -> None:
    stand, clock = Stand(access_token=TOKEN, Shop=INFO), manual_clock()
    shopify = shop_behind(stand, clock, APP)

    shopify.shop()
    clock.advance(seconds)
    shopify.shop()

    assert stand.operations.count("access_token") == exchanges


def test_a_401_renews_the_token_once_and_asks_again() -> None:
    refused = answer({"errors": "[API] Invalid API key or access token"}, status=401)
    stand = Stand(access_token=TOKEN, Shop=[refused, INFO])

    assert shop_behind(stand, access=APP).shop().name == "Sample"
    assert stand.operations == ["access_token", "Shop", "access_token", "Shop"]


def test_a_second_401_is_for_a_person_to_mend() -> None:
    refused = answer({"errors": "[API] Invalid API key or access token"}, status=401)
    stand = Stand(access_token=TOKEN, Shop=refused)

    with pytest.raises(ConfigurationError, match=r"HTTP 401 \(\[API\] Invalid API key or access token\)"):
        shop_behind(stand, access=APP).shop()
    assert stand.operations == ["access_token", "Shop", "access_token", "Shop"]


def test_a_ready_made_token_that_is_refused_cannot_be_renewed() -> None:
    stand = Stand(Shop=answer({"errors": "[API] Invalid API key or access token"}, status=401))

    with pytest.raises(ConfigurationError, match="401"):
        shop_behind(stand).shop()
    assert stand.operations == ["Shop"]


@pytest.mark.parametrize(
    "refusal",
    [
        answer({"error": "shop_not_permitted", "error_description": "Client credentials cannot be ..."}, status=400),
        answer(b"<html>Oauth error shop_not_permitted: Client credentials cannot be performed</html>", status=400),
    ],
    ids=["as JSON", "as HTML"],
)
def test_an_app_of_another_organisation_is_told_so(refusal: httpx.Response) -> None:
    with pytest.raises(ConfigurationError, match="same organisation"):
        shop_behind(Stand(access_token=refusal), access=APP).shop()


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ConfigurationError), (302, ConfigurationError), (423, Denied), (402, Denied)],
)
def test_an_exchange_that_is_refused_is_not_tried_again(status: int, error: type[Exception]) -> None:
    stand = Stand(access_token=answer({}, status=status))

    with pytest.raises(error, match=str(status)):
        shop_behind(stand, access=APP).shop()
    assert stand.operations == ["access_token"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [(503, {}, Unavailable), (429, {}, Throttled), (200, {"token": "?"}, Unavailable), (200, [], Unavailable)],
)
def test_an_exchange_that_failed_is_tried_five_times(status: int, body: object, error: type[Exception]) -> None:
    stand = Stand(access_token=answer(body, status=status))

    with pytest.raises(error):
        shop_behind(stand, access=APP).shop()
    assert stand.operations == ["access_token"] * 5


@pytest.mark.parametrize(
    "shop",
    [
        "example-brand.com",
        "https://example-brand.myshopify.com",
        "example-brand.myshopify.com.evil.example",
        "evil.example/example-brand.myshopify.com",
        "example-brand.myshopify.com\n",
        "Example-Brand.myshopify.com",
        "",
    ],
)
def test_a_shop_that_is_not_on_myshopify_gets_no_secret(shop: str) -> None:
    with pytest.raises(ConfigurationError, match="expected the shop's own host"):
        ShopifyAccess(shop, client_id="sample-client", client_secret="sample-secret")


@pytest.mark.parametrize(
    "url",
    ["http://example.com", "ftp://127.0.0.1", "https://", "https://user@example.com", "https://example.com?x=1"],
)
def test_another_url_must_be_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="expected an https address"):
        ShopifyAccess(SHOP, url=url, access_token="sample-not-a-token")


def test_a_url_that_was_set_is_where_everything_goes() -> None:
    stand = Stand(access_token=TOKEN, Shop=INFO)
    access = ShopifyAccess(SHOP, url="http://127.0.0.1:4400/", client_id="sample-client", client_secret="sample-secret")

    shop_behind(stand, access=access).shop()

    assert [str(request.url) for request in stand.requests] == [
        "http://127.0.0.1:4400/admin/oauth/access_token",
        "http://127.0.0.1:4400/admin/api/2026-10/graphql.json",
    ]


def test_access_needs_credentials() -> None:
    with pytest.raises(ConfigurationError, match="No credentials"):
        ShopifyAccess(SHOP, client_id="sample-client")


def test_a_version_is_a_quarter() -> None:
    with pytest.raises(ConfigurationError, match="api_version"):
        ShopifyAccess(SHOP, api_version="../latest", access_token="sample-not-a-token")


def test_the_secrets_are_not_in_the_repr() -> None:
    access = ShopifyAccess(SHOP, client_id="sample-client", client_secret="hush-1", access_token="hush-2")

    assert "hush" not in repr(access)


def test_no_secret_is_in_the_message_of_a_failed_exchange() -> None:
    access = ShopifyAccess(SHOP, client_id="sample-client", client_secret="hush-1")
    stand = Stand(access_token=answer({"error": "hush-1 is wrong"}, status=400))

    with pytest.raises(ConfigurationError) as raised:
        shop_behind(stand, access=access).shop()
    assert "hush" not in str(raised.value)


def test_a_redirect_is_not_followed() -> None:
    stand = Stand(Shop=answer({}, status=301, headers={"Location": "https://evil.example/"}))

    with pytest.raises(ConfigurationError, match="301"):
        shop_behind(stand).shop()
    assert len(stand.requests) == 1


def scopes(*handles: str) -> httpx.Response:
    return data({"currentAppInstallation": {"accessScopes": [{"handle": handle} for handle in handles]}})


def test_a_ready_made_token_may_do_what_the_installation_was_granted() -> None:
    stand = Stand(AccessScopes=scopes("read_products", "write_inventory"))

    assert shop_behind(stand).scopes() == {"read_products", "write_inventory", "read_inventory"}


def test_a_scope_that_the_token_does_not_carry_yet_is_not_counted() -> None:
    stand = Stand(
        access_token=TOKEN,
        AccessScopes=scopes(
            "read_products", "read_inventory", "write_inventory", "read_orders", "write_orders", "read_locations"
        ),
    )

    assert shop_behind(stand, access=APP).scopes() == {
        "read_products",
        "read_inventory",
        "write_inventory",
        "read_orders",
        "write_orders",
    }
