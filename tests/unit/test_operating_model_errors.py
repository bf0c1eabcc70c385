"""Mistakes in the operating model: all at once, each with its key, what was found and what was expected."""

import traceback
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import from_document, parse
from resources.operating_model_parts.sections import Mode
from tests.unit.test_operating_model import SMALLEST

SECOND_ACCOUNT = '\n[amazon.na]\nseller_id = "A2EXAMPLE"\nmarketplaces = ["US"]\nrefresh_token = { env = "TOKEN_NA" }\n'


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    head, *lines = str(told.value).splitlines()
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    assert head == (
        f"operating_model.toml: {count}; nothing runs until all is mended (docs/operating_model.md explains every key):"
    )
    return [line.removeprefix("  ") for line in lines]


def replaced(old: str, new: str) -> str:
    assert old in SMALLEST
    return SMALLEST.replace(old, new)


URL = "an absolute https:// url (http:// only for this machine itself, such as http://127.0.0.1:8000)"
ENV = 'the name of an environment variable, such as { env = "NAME_OF_VARIABLE" }, and never the value itself'
CREDENTIALS = "either client_id and client_secret, or access_token"
EU = "IE, ES, UK, FR, BE, NL, DE, IT, SE, ZA, PL, EG, TR, SA, AE, IN"


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("[stok]", "stok: unknown key; did you mean stock?"),
        ("[stock]\nbufer = {}", "stock.bufer: unknown key; did you mean buffer?"),
        ("[stock.buffer]\nUnits = 2", "stock.buffer.Units: unknown key; did you mean units?"),
        (
            "[stock]\nmax_zeroed_percent = 3",
            "stock.max_zeroed_percent: unknown key here; did you mean breaker.max_zeroed_percent?",
        ),
        ("[mode]\nlift = 1", f"mode.lift: unknown key; known here: {', '.join(Mode.model_fields)}"),
        ("[receiver]\nseller_id = 1", "receiver.seller_id: unknown key here; did you mean amazon.<region>.seller_id?"),
        ("[teams.ecomerce]", "teams.ecomerce: unknown key; did you mean ecommerce?"),
        ("[amazon.us]\nsellerid = 1", "amazon.us: unknown key; US is a marketplace of amazon.na"),
        ("[amazon.asia]", "amazon.asia: unknown key; known here: na, eu, fe"),
    ],
    ids=[
        "a section",
        "a key",
        "letter case",
        "a key of another section",
        "nothing near",
        "a key of an account",
        "a team",
        "a country for a region",
        "no region at all",
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_known_name(added: str, told: str) -> None:
    assert mistakes(SMALLEST + added) == [told]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('[mode]\nstock_push = "on"', 'mode.stock_push: found "on", expected "preview" or "live"'),
        ("[mode]\nstock_push = true", 'mode.stock_push: found true, expected "preview" or "live"'),
        ("[stock]\nmax_attempts = 0", "stock.max_attempts: found 0, expected a whole number of 1 or more"),
        ('[stock]\nmax_attempts = "3"', 'stock.max_attempts: found "3", expected a whole number of 1 or more'),
        ("[stock]\nmax_attempts = 2.0", "stock.max_attempts: found 2.0, expected a whole number of 1 or more"),
        ("[stock]\nmax_attempts = true", "stock.max_attempts: found true, expected a whole number of 1 or more"),
        ("[stock]\naccept_overpromise = 1", "stock.accept_overpromise: found 1, expected true or false"),
        (
            "[stock]\nbuffer = 2",
            ("stock.buffer: found 2, expected a table with the keys units, percent, min_to_list, max, floor"),
        ),
        ("[stock.buffer]\nunits = -1", "stock.buffer.units: found -1, expected a whole number of 0 or more"),
        ("[stock.buffer]\npercent = 101", "stock.buffer.percent: found 101, expected a whole number from 0 to 100"),
        (
            "[breaker]\nmax_moved_percent = -1",
            ("breaker.max_moved_percent: found -1, expected a whole number from 0 to 100"),
        ),
        ("[receiver]\nport = 65536", "receiver.port: found 65536, expected a whole number from 1 to 65535"),
        (
            "[orders]\nsince = 2026-01-01T00:00:00",
            (
                "orders.since: found 2026-01-01 00:00:00, "
                "expected an instant with its offset from UTC, such as 2026-01-31T00:00:00Z"
            ),
        ),
        (
            "[orders]\nsince = 2026-01-01",
            (
                "orders.since: found 2026-01-01, "
                "expected an instant with its offset from UTC, such as 2026-01-31T00:00:00Z"
            ),
        ),
        (
            '[orders]\nsince = "yesterday"',
            (
                'orders.since: found "yesterday", '
                "expected an instant with its offset from UTC, such as 2026-01-31T00:00:00Z"
            ),
        ),
        ('[mapping.override]\n"A B" = 3', 'mapping.override."A B": found 3, expected a text'),
        ('[mapping.override]\nA = " "', 'mapping.override.A: found " ", expected a text that is not blank'),
        ('[store]\ndata_dir = ""', 'store.data_dir: found "", expected the path of a folder'),
        (
            '[receiver]\npublic_url = "/hooks"',
            (f'receiver.public_url: found "/hooks", expected {URL}, without a password, a query or a fragment'),
        ),
        (
            '[receiver]\npublic_url = "http://example.com"',
            (
                f'receiver.public_url: found "http://example.com", '
                f"expected {URL}, without a password, a query or a fragment"
            ),
        ),
        (
            '[receiver]\npublic_url = "https://example.com?a=1"',
            (
                f'receiver.public_url: found "https://example.com?a=1", '
                f"expected {URL}, without a password, a query or a fragment"
            ),
        ),
        (
            '[receiver]\npublic_url = "https://example.com:port"',
            (
                f'receiver.public_url: found "https://example.com:port"'
                f", expected {URL}, without a password, a query or a fragment"
            ),
        ),
        (
            '[rehearsal]\nclock_url = "http://10.0.0.1/clock"',
            (f'rehearsal.clock_url: found "http://10.0.0.1/clock", expected {URL}'),
        ),
        (
            "[teams.finance]\nalerts = 3",
            ('teams.finance.alerts: found 3, expected a list of variables, such as [{ env = "FINANCE_ALERTS" }]'),
        ),
    ],
    ids=lambda value: value.split(":")[0].replace("\n", " ") if isinstance(value, str) else None,
)
def test_a_wrong_value_is_answered_with_its_key_what_was_found_and_what_was_expected(added: str, told: str) -> None:
    assert mistakes(SMALLEST + added) == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            replaced("example-brand.myshopify.com", "https://example-brand.com"),
            (
                'shopify.shop: found "https://example-brand.com", '
                "expected the shop's own name, such as example-brand.myshopify.com"
            ),
        ),
        (
            replaced('["UK", "DE"]', "[]"),
            'amazon.eu.marketplaces: found an empty list, expected a list of country codes, such as ["UK", "DE"]',
        ),
        (
            replaced('["UK", "DE"]', '"UK"'),
            'amazon.eu.marketplaces: found "UK", expected a list of country codes, such as ["UK", "DE"]',
        ),
        (
            replaced('["UK", "DE"]', '["UK", 49]'),
            "amazon.eu.marketplaces[#2]: found 49, expected a text",
        ),
        (
            replaced('["UK", "DE"]', '["uk"]'),
            (
                'amazon.eu.marketplaces[#1]: found "uk", '
                f"expected the country code of a marketplace of eu ({EU}); did you mean UK?"
            ),
        ),
        (
            replaced('["UK", "DE"]', '["XX"]'),
            f'amazon.eu.marketplaces[#1]: found "XX", expected the country code of a marketplace of eu ({EU})',
        ),
        (
            replaced('["UK", "DE"]', '["UK", "US"]'),
            f'amazon.eu.marketplaces[#2]: found "US", expected a marketplace of eu ({EU}); US belongs to na',
        ),
        (
            replaced('["UK", "DE"]', '["DE", "DE"]'),
            'amazon.eu.marketplaces[#2]: found "DE", expected each marketplace once',
        ),
        (
            replaced('["UK", "DE"]', '["UK", "GB"]'),
            'amazon.eu.marketplaces[#2]: found "GB", expected each marketplace once; GB and UK are one',
        ),
        (
            replaced('locations = ["Manchester", "Leeds"]', "locations = []"),
            'pools.mfn.locations: found an empty list, expected a list of locations, such as ["Leeds"]',
        ),
        (
            replaced('"Leeds"', '" Leeds"'),
            'pools.mfn.locations[#2]: found " Leeds", expected a name without spaces at its ends',
        ),
        (
            replaced('"Leeds"', '"Manchester"'),
            'pools.mfn.locations[#2]: found "Manchester", expected each location once',
        ),
        (
            replaced('seller_id = "A1EXAMPLE"\n', ""),
            "amazon.eu.seller_id: missing, expected the merchant token, such as A1EXAMPLE",
        ),
    ],
)
def test_what_must_be_there_is_asked_for(text: str, told: str) -> None:
    assert mistakes(text) == [told]


def test_an_empty_file_is_told_what_it_must_hold() -> None:
    assert [line.split(",")[0] for line in mistakes("")] == [
        "shopify: missing",
        "amazon: missing",
        "pools: missing",
    ]


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ("", f"shopify: found no credentials, expected {CREDENTIALS}"),
        ('client_id = { env = "ID" }', f"shopify: found client_id alone, expected {CREDENTIALS}"),
        ('client_secret = { env = "KEY" }', f"shopify: found client_secret alone, expected {CREDENTIALS}"),
        (
            'client_id = { env = "ID" }\nclient_secret = { env = "KEY" }\naccess_token = { env = "TOKEN" }',
            f"shopify: found client_id and client_secret as well as access_token, expected {CREDENTIALS}",
        ),
    ],
    ids=["none", "half an app", "the other half", "two ways in"],
)
def test_the_shop_is_entered_in_exactly_one_way(credentials: str, told: str) -> None:
    assert mistakes(replaced('access_token = { env = "SHOPIFY_ACCESS_TOKEN" }', credentials)) == [told]


def test_shares_may_not_promise_a_unit_twice() -> None:
    assert mistakes(SMALLEST + SECOND_ACCOUNT) == [
        (
            "amazon.<region>.share: found eu 100 + na 100 = 200 percent of one pool, expected at most 100 together, "
            "or stock.accept_overpromise = true where the risk of selling a unit twice is accepted"
        )
    ]
    assert parse(SMALLEST + SECOND_ACCOUNT + "[stock]\naccept_overpromise = true").amazon["na"].share == 100
    shared = SMALLEST.replace("[pools", "share = 60\n[pools") + SECOND_ACCOUNT + "share = 40"
    assert {region: account.share for region, account in parse(shared).amazon.items()} == {"eu": 60, "na": 40}


def test_a_file_without_an_account_has_nothing_to_do() -> None:
    document = {"shopify": {"shop": "a.myshopify.com", "access_token": {"env": "T"}}, "amazon": {}}
    with pytest.raises(ConfigurationError, match="amazon: found no account, expected at least one of na, eu, fe"):
        from_document({**document, "pools": {"mfn": {"locations": ["Leeds"]}}})


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (
            '[mcf]\nservice = "LEEDS"',
            (
                'mcf.service: found "LEEDS", expected a name outside pools.mfn.locations: '
                "what Amazon ships is never the merchant's own stock"
            ),
        ),
        (
            '[pools.fba.eu]\nlocation = "Amazon"\n[mcf]\nservice = "Amazon"',
            (
                'mcf.service: found "Amazon", expected another name than pools.fba.eu.location: '
                "the mirror takes no orders, the service's location does"
            ),
        ),
        (
            '[pools.fba.eu]\nlocation = "leeds"',
            (
                'pools.fba.eu.location: found "leeds", '
                "expected a location outside pools.mfn.locations: FBA stock is never the merchant's own"
            ),
        ),
        (
            '[pools.fba.na]\nlocation = "FBA"',
            'pools.fba.na: found "na", expected a region account of this file (eu)',
        ),
        (
            '[pools.fba.eu]\nlocation = "FBA"\n[pools.fba.na]\nlocation = "FBA"'
            + SECOND_ACCOUNT
            + "[stock]\naccept_overpromise = true",
            'pools.fba.na.location: found "FBA", expected a location of its own; pools.fba.eu.location has this one',
        ),
    ],
    ids=["a service in it", "a service at the mirror", "in the merchant's pool", "no such account", "two in one place"],
)
def test_the_fba_location_is_nobody_elses(added: str, told: str) -> None:
    assert mistakes(SMALLEST + added) == [told]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            "[[stock.rule]]\nmatch = {}\nnever_push = true",
            "stock.rule[#1].match: found an empty table, expected exactly one of sku, sku_pattern, tag, region",
        ),
        (
            '[[stock.rule]]\nmatch = { tag = "a", sku = "b" }\nnever_push = true',
            (
                "stock.rule[#1].match: found a table with the keys tag, sku, "
                "expected exactly one of sku, sku_pattern, tag, region"
            ),
        ),
        (
            '[[stock.rule]]\nmatch = { region = "fe" }\nnever_push = true',
            'stock.rule[#1].match.region: found "fe", expected a region account of this file (eu)',
        ),
        (
            '[[stock.rule]]\nmatch = { tag = "a" }',
            (
                "stock.rule[#1]: found a table with the keys match, "
                "expected buffer, never_push or both: this rule changes nothing"
            ),
        ),
        (
            '[[stock.rule]]\nmatch = { tag = "a" }\nbuffer = { max = 2, min_to_list = 3 }',
            (
                "stock.rule[#1].buffer.max: found 2, "
                "expected at least min_to_list, which is 3: nothing could ever be listed"
            ),
        ),
        (
            '[[mapping.rule]]\nregion = "eu"',
            (
                "mapping.rule[#1]: found a table with the keys region, "
                "expected at least one of strip_prefix, strip_suffix, ignore: this rule changes nothing"
            ),
        ),
        (
            '[[mapping.rule]]\nregion = "na"\nstrip_prefix = "A"',
            'mapping.rule[#1].region: found "na", expected a region account of this file (eu)',
        ),
    ],
    ids=[
        "matches nothing",
        "matches twice",
        "no such account",
        "says nothing",
        "hides all",
        "maps nothing",
        "maps none",
    ],
)
def test_a_rule_that_can_never_do_anything_is_a_mistake(rule: str, told: str) -> None:
    assert mistakes(SMALLEST + rule) == [told]


def test_all_mistakes_are_told_at_once() -> None:
    told = mistakes(
        replaced('"Leeds"', '"Manchester"')
        + '[mode]\nstock_push = "on"\n[stock]\nbufer = 1\n[stock.buffer]\nunits = -1\n[[stock.rule]]\nmatch = {}\n'
    )
    assert [line.split(":")[0] for line in told] == [
        "mode.stock_push",
        "stock.buffer.units",
        "stock.bufer",
        "pools.mfn.locations[#2]",
        "stock.rule[#1].match",
        "stock.rule[#1]",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[mode]\nstock_push = live\n", "operating_model.toml, line 2, column 14: not TOML: invalid value."),
        ("a = 1\na = 2\n", "operating_model.toml, line 2, column 6: not TOML: cannot overwrite a value."),
        ('a = "', "operating_model.toml, end of document: not TOML: unterminated string."),
    ],
    ids=["a text without quotes", "a key that stands twice", "a text that never ends"],
)
def test_what_is_not_toml_is_found_by_line_and_column(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse(text)
    assert str(error.value) == f"{told} Texts need quotes, and every key stands once."


PASTED = "shpss_0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        replaced('{ env = "SHOPIFY_ACCESS_TOKEN" }', f'"{PASTED}"'),
        replaced('{ env = "SHOPIFY_ACCESS_TOKEN" }', f'{{ env = "{PASTED}" }}'),
        replaced('{ env = "SHOPIFY_ACCESS_TOKEN" }', f'{{ value = "{PASTED}" }}'),
        replaced('{ env = "SP_API_REFRESH_TOKEN_EU" }', f'["{PASTED}"]'),
        replaced("A1EXAMPLE", PASTED),
        SMALLEST + f'[stock]\nsecret = "{PASTED}"\n',
        SMALLEST + f'[store]\nledger_url = "{PASTED}"\n',
        SMALLEST + f'[receiver]\npublic_url = "http://user:{PASTED}@example.com"\n',
        SMALLEST + f'[mode]\nstock_push = ["{PASTED}"]\n',
        SMALLEST + f"[mode]\nstock_push = {PASTED}\n",
    ],
    ids=[
        "where a variable belongs",
        "as the name of a variable",
        "under another key",
        "in a list",
        "where it does not belong",
        "under an unknown key",
        "as the ledger",
        "in a url",
        "in a list that is no list",
        "without quotes",
    ],
)
def test_a_secret_that_was_pasted_into_the_file_is_refused_and_never_shown(text: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    assert PASTED not in str(told.value)
    assert PASTED not in "".join(traceback.format_exception(told.value))


def test_a_pasted_secret_is_answered_with_the_way_to_name_it() -> None:
    assert mistakes(replaced('{ env = "SHOPIFY_ACCESS_TOKEN" }', f'"{PASTED}"')) == [
        f"shopify.access_token: found a text of 22 characters (not shown), expected {ENV}"
    ]


def test_a_long_opaque_text_is_not_shown_wherever_it_stands() -> None:
    opaque = "0f9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c"
    assert mistakes(SMALLEST + f'[mode]\nstock_push = "{opaque}"\n') == [
        'mode.stock_push: found a text of 32 characters (not shown), expected "preview" or "live"'
    ]


KEYS = ["env", "match", "tag", "region", "eu", "mfn", "buffer", "x"]
junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.floats(), st.datetimes()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["env", "match", "tag", "region", "eu", "mfn", "buffer", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)
WHOLE: Mapping[str, Any] = {
    "mode": {"stock_push": "live"},
    "shopify": {"shop": "a.myshopify.com", "access_token": {"env": "T"}},
    "amazon": {"eu": {"seller_id": "A1EXAMPLE", "marketplaces": ["UK"], "refresh_token": {"env": "R"}, "share": 50}},
    "pools": {"mfn": {"locations": ["Leeds"]}, "fba": {"eu": {"location": "FBA"}}},
    "stock": {"buffer": {"units": 1}, "rule": [{"match": {"tag": "a"}, "buffer": {"max": 3}}]},
    "mapping": {"override": {"A": "B"}, "rule": [{"strip_prefix": "X", "ignore": ["Y*"]}]},
    "store": {"ledger_url": {"env": "L"}},
    "teams": {"finance": {"alerts": [{"env": "F"}]}},
}


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, below in inner for place in places(below, (*path, key)))]


def with_junk(value: Any, path: tuple[str | int, ...], found: Any) -> Any:
    if not path:
        return found
    step, *rest = path
    if isinstance(value, list):
        return [with_junk(each, tuple(rest), found) if at == step else each for at, each in enumerate(value)]
    return {key: with_junk(each, tuple(rest), found) if key == step else each for key, each in value.items()}


def told_of(document: Any) -> str:
    try:
        return f"taken for {from_document(document).amazon['eu'].seller_id}"
    except ConfigurationError as error:
        return str(error)


@given(st.sampled_from([place for place in places(WHOLE) if place]), junk)
def test_whatever_stands_anywhere_is_taken_or_refused_in_words(place: tuple[str | int, ...], found: Any) -> None:
    told = told_of(with_junk(WHOLE, place, found))
    assert told == "taken for A1EXAMPLE" or (" mistake" in told and "\n  " in told)
