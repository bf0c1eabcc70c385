"""One call to Amazon: whose turn it is, what is tried again, and which error comes of which answer."""

from __future__ import annotations

import httpx
import pytest

from integration_assets.contracts.errors import (
    ConfigurationError,
    Denied,
    Rejected,
    Throttled,
    Unavailable,
    UnknownOutcome,
)
from resources.amazon_parts.access import AmazonAccess
from resources.amazon_parts.client import NEVER_SENT
from resources.amazon_parts.rates import RATES
from tests.unit.amazon_answers import SELLER, UK, Answering, Desk, Reply, Stand, Turns, access, desk, error, ok

PATCH = f"PATCH /listings/2021-08-01/items/{SELLER}/SKU-1"
SEARCH = f"GET /listings/2021-08-01/items/{SELLER}"
TOKEN = "POST /auth/o2/token"
ACCEPTED = {"sku": "SKU-1", "status": "ACCEPTED", "submissionId": "sub-1", "issues": []}
EMPTY = {"numberOfResults": 0, "items": []}


def patching(*replies: Answering, turns: Turns | None = None) -> Desk:
    return desk(Stand().on(PATCH, *replies), turns=turns)


def searching(*replies: Answering, turns: Turns | None = None) -> Desk:
    return desk(Stand().on(SEARCH, *replies), turns=turns, granted=access(marketplaces=(UK,)))


def test_a_call_waits_for_its_turn_on_the_clock() -> None:
    at = patching(ok(ACCEPTED), turns=Turns(12.5))
    at.account.patch_quantity("SKU-1", 3)
    assert at.clock.sleeps == [12.5]
    assert at.turns.taken == [("amazon/eu/A1EXAMPLE", "patchListingsItem", 5.0, 2)]


@pytest.mark.parametrize(
    ("operation", "published", "used"),
    [("patchListingsItem", 5, 2), ("getInventorySummaries", 2, 1), ("searchOrders", 20, 19)],
)
def test_half_a_second_of_the_burst_is_kept_for_calls_that_are_longer_on_their_way(
    operation: str, published: int, used: int
) -> None:
    at = desk(Stand().on("GET /sellers/v1/marketplaceParticipations", ok({"payload": []})))
    client = at.account._client
    client.call(operation, lambda library: library.sellers.get_marketplace_participation(), expects=("payload",))
    assert RATES[operation].burst == published
    assert [burst for _, _, _, burst in at.turns.taken] == [used]


def test_the_token_is_fetched_before_the_turn_is_taken() -> None:
    at = patching(ok(ACCEPTED), turns=Turns(12.5))
    asked_when_the_turn_came: list[int] = []
    at.turns.on_take = lambda: asked_when_the_turn_came.append(at.stand.tokens)
    at.account.patch_quantity("SKU-1", 3)
    assert asked_when_the_turn_came == [1]


def test_every_try_takes_its_own_turn() -> None:
    at = searching(error(500), error(500), ok(EMPTY))
    at.account.search_availability(["SKU-1"])
    assert [operation for _, operation, _, _ in at.turns.taken] == ["searchListingsItems"] * 3


def test_the_rate_amazon_names_overrules_the_published_one() -> None:
    at = searching(ok(EMPTY, x_amzn_ratelimit_limit="0.5"), ok(EMPTY, x_amzn_ratelimit_limit="nonsense"), ok(EMPTY))
    for _ in range(3):
        at.account.search_availability(["SKU-1"])
    assert [rate for _, _, rate, _ in at.turns.taken] == [5.0, 0.5, 0.5]


def test_a_throttled_read_is_reported_to_the_others_and_tried_again() -> None:
    at = searching(error(429, "QuotaExceeded"), ok(EMPTY))
    assert at.account.search_availability(["SKU-1"]) == []
    ((account, operation, seconds),) = at.turns.penalties
    assert (account, operation) == ("amazon/eu/A1EXAMPLE", "searchListingsItems")
    assert 0.2 <= seconds <= 0.25


def test_a_time_to_wait_is_kept_when_amazon_names_one() -> None:
    at = searching(error(429, "QuotaExceeded", retry_after="40"), ok(EMPTY))
    at.account.search_availability(["SKU-1"])
    assert 40.0 <= at.turns.penalties[0][2] <= 50.0


def test_a_read_that_stays_throttled_is_given_up_after_five_tries() -> None:
    at = searching(error(429, "QuotaExceeded", retry_after="40", request_id="req-9"))
    with pytest.raises(Throttled, match="req-9") as found:
        at.account.search_availability(["SKU-1"])
    assert (found.value.retry_after, found.value.request_id, found.value.code) == (40.0, "req-9", "QuotaExceeded")
    assert len(at.stand.sent(SEARCH)) == 5
    assert len(at.turns.penalties) == 5


def test_a_throttled_write_is_certainly_not_applied_and_not_repeated() -> None:
    at = patching(Reply(429, b"slow down"), ok(ACCEPTED))
    with pytest.raises(Throttled):
        at.account.patch_quantity("SKU-1", 3)
    assert len(at.stand.sent(PATCH)) == 1
    assert [operation for _, operation, _ in at.turns.penalties] == ["patchListingsItem"]


@pytest.mark.parametrize(
    "failure",
    [
        error(500, "InternalFailure"),
        error(503, "ServiceUnavailable"),
        Reply(502, b"<html>Bad Gateway</html>"),
        Reply(fault="hang"),
        Reply(fault="drop"),
        httpx.ReadError("reset"),
        Reply(200, b'{"items": ['),
        Reply(200, b"<html>maintenance</html>"),
        ok({"numberOfResults": 0}),
    ],
    ids=["500", "503", "a web page", "timeout", "hang-up", "reset", "half a JSON", "a page as 200", "no items"],
)
def test_a_read_that_fails_is_tried_again(failure: Answering) -> None:
    at = searching(failure, failure, ok(EMPTY))
    assert at.account.search_availability(["SKU-1"]) == []
    assert len(at.stand.sent(SEARCH)) == 3
    assert len(at.clock.sleeps) == 2
    assert 0.0 < at.clock.sleeps[0] <= 2.0
    assert 0.0 < at.clock.sleeps[1] <= 4.0


def test_a_read_that_keeps_failing_is_unavailable_with_the_request_id() -> None:
    at = searching(error(503, "ServiceUnavailable", request_id="req-503"))
    with pytest.raises(Unavailable, match=r"searchListingsItems answered 503 ServiceUnavailable \(request req-503\)"):
        at.account.search_availability(["SKU-1"])
    assert len(at.stand.sent(SEARCH)) == 5


def test_a_refused_read_is_not_tried_again() -> None:
    at = searching(error(400, "InvalidInput", "Bad identifiers"))
    with pytest.raises(Rejected, match="Bad identifiers"):
        at.account.search_availability(["SKU-1"])
    assert len(at.stand.sent(SEARCH)) == 1


@pytest.mark.parametrize(
    "failure",
    [
        error(500, "InternalFailure"),
        error(503, "ServiceUnavailable"),
        Reply(504, b""),
        Reply(404, b"<html>not here</html>"),
        Reply(302, b"", {"location": "https://elsewhere.example"}),
        Reply(fault="hang"),
        Reply(fault="drop"),
        httpx.ReadError("reset"),
        httpx.WriteTimeout("slow"),
        Reply(200, b"{\"sku\": \"SKU-1\", \"sta"),
        Reply(200, b""),
        ok([]),
        ok({"sku": "SKU-1", "status": "ACCEPTED"}),
        ok({**ACCEPTED, "errors": [{"code": "X", "message": "y"}]}),
        ok({**ACCEPTED, "sku": "SKU-2"}),
        ok({**ACCEPTED, "status": "PERHAPS"}),
    ],
    ids=[
        "500", "503", "504", "404 without errors", "redirect", "timeout", "hang-up", "reset", "write timeout",
        "half a JSON", "nothing", "a list", "no submission id", "200 with errors", "another SKU", "unknown status",
    ],
)  # fmt: skip
def test_a_write_that_amazon_may_have_carried_out_is_unknown_and_not_repeated(failure: Answering) -> None:
    at = patching(failure)
    with pytest.raises(UnknownOutcome, match="Read back before anything else"):
        at.account.patch_quantity("SKU-1", 3)
    assert len(at.stand.sent(PATCH)) == 1


@pytest.mark.parametrize("kind", [kind for kind in NEVER_SENT if kind is not httpx.LocalProtocolError])
def test_a_write_that_never_left_is_certainly_not_applied(kind: type[httpx.TransportError]) -> None:
    at = patching(kind("refused"))
    with pytest.raises(Unavailable, match=kind.__name__):
        at.account.patch_quantity("SKU-1", 3)
    assert len(at.stand.sent(PATCH)) == 1


def test_a_refused_write_is_certainly_not_applied() -> None:
    at = patching(error(400, "InvalidInput", "quantity: too large", request_id="req-400"))
    with pytest.raises(Rejected, match=r"SKU SKU-1 answered 400 InvalidInput \(request req-400\): quantity: too large"):
        at.account.patch_quantity("SKU-1", 3)


def test_a_second_403_says_what_to_check() -> None:
    at = patching(error(403, "Unauthorized", "Access to requested resource is denied."))
    with pytest.raises(Denied, match="has the role for it") as found:
        at.account.patch_quantity("SKU-1", 3)
    assert found.value.status == 403
    assert (len(at.stand.sent(PATCH)), at.stand.tokens) == (2, 2)


def test_a_token_is_used_until_a_minute_before_it_expires() -> None:
    at = patching(ok(ACCEPTED))
    at.account.patch_quantity("SKU-1", 3)
    at.clock.advance(3539)
    at.account.patch_quantity("SKU-1", 3)
    assert at.stand.tokens == 1
    at.clock.advance(1)
    at.account.patch_quantity("SKU-1", 3)
    assert at.stand.tokens == 2
    form = at.stand.sent(TOKEN)[0]
    assert (
        form.body
        == b"grant_type=refresh_token&refresh_token=canary-refresh&client_id=sample-client&client_secret=canary-secret"
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("invalid_grant", "refresh_token is revoked, mistyped or belongs to another application"),
        ("invalid_client", "client_id or client_secret is wrong or has expired"),
        ("unsupported_grant_type", "no canary here, but \\*\\*\\*"),
    ],
)
def test_refused_credentials_are_named_once_and_never_shown(code: str, told: str) -> None:
    at = patching(ok(ACCEPTED))
    refusal = {"error": code, "error_description": "no canary here, but canary-secret"}
    at.stand.on(TOKEN, ok(refusal, status=400))
    for _ in range(3):
        with pytest.raises(ConfigurationError, match=told) as found:
            at.account.patch_quantity("SKU-1", 3)
        assert "canary-" not in str(found.value)
    assert at.stand.calls() == []
    assert len(at.stand.sent(TOKEN)) == 1


@pytest.mark.parametrize(
    "failure",
    [
        Reply(503, b"<html>"),
        Reply(429, b""),
        ok({"error": "server_error"}, status=400),
        ok({"access_token": ""}),
        ok({"access_token": "two\nlines"}),
        httpx.ConnectError("refused"),
        Reply(fault="hang"),
    ],
    ids=["503", "429", "server_error", "no token", "a token no header can carry", "refused", "timeout"],
)
def test_a_login_that_fails_is_tried_again_before_anything_is_sent(failure: Answering) -> None:
    at = patching(ok(ACCEPTED))
    good = at.stand.replies[TOKEN][0]
    at.stand.on(TOKEN, failure, good)
    assert at.account.patch_quantity("SKU-1", 3).status == "ACCEPTED"
    at = patching(ok(ACCEPTED))
    at.stand.on(TOKEN, failure)
    with pytest.raises(Unavailable, match="Login with Amazon"):
        at.account.patch_quantity("SKU-1", 3)
    assert (at.stand.calls(), len(at.stand.sent(TOKEN))) == ([], 5)


def test_secrets_do_not_show_in_what_is_printed() -> None:
    assert "canary" not in repr(access())
    assert "sample-client" not in repr(access())


@pytest.mark.parametrize(
    "url", ["http://sellingpartnerapi-eu.amazon.com", "ftp://127.0.0.1", "https://u:p@amazon.com", "", "https://a/?b"]
)
def test_secrets_are_sent_nowhere_but_over_https_or_to_this_machine(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"amazon\.eu\.url leads to"):
        AmazonAccess("eu", SELLER, (UK,), url, "id", "secret", "refresh")


def test_an_account_without_a_marketplace_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError, match="at least one marketplace"):
        access(marketplaces=())


def test_our_rates_are_the_published_ones() -> None:
    assert (RATES["searchOrders"].per_second, RATES["searchOrders"].burst) == (0.0056, 20)
    assert (RATES["patchListingsItem"].per_second, RATES["patchListingsItem"].burst) == (5, 5)
    assert (RATES["createFeed"].per_second, RATES["createFeed"].burst) == (0.0083, 15)
    assert (RATES["getReportDocument"].per_second, RATES["getReportDocument"].burst) == (0.0167, 15)
