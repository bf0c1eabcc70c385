"""Amazon's marketplaces: each is known by its country and its id, and shows the FBA units of one pool."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from integration_assets.rules.marketplaces import (
    ENDPOINTS,
    MARKETPLACES,
    by_country,
    by_id,
    countries_of,
    fba_pool,
    region_of,
)


def test_there_are_23_marketplaces_in_three_regions() -> None:
    assert Counter(marketplace.region for marketplace in MARKETPLACES) == {"na": 4, "eu": 16, "fe": 3}
    assert len({marketplace.marketplace_id for marketplace in MARKETPLACES}) == 23
    assert len({marketplace.country for marketplace in MARKETPLACES}) == 23
    assert {marketplace.region for marketplace in MARKETPLACES} == set(ENDPOINTS)


def test_the_united_kingdom_answers_to_both_its_codes() -> None:
    assert by_country("GB") is by_country("UK")
    assert by_country("UK").marketplace_id == "A1F83G8C2ARO7P"
    assert by_country("UK").currency == "GBP"


def test_a_marketplace_is_found_by_amazons_id() -> None:
    germany = by_id("A1PA6795UKMFR9")
    assert (germany.country, germany.currency, germany.timezone) == ("DE", "EUR", "Europe/Berlin")
    assert germany.mcf_marketplace_id == "A38D8NSA03LJTC"


@pytest.mark.parametrize(
    ("named", "region"), [("US", "na"), ("GB", "eu"), ("A1VC38T7YXB528", "fe"), ("A17E79C6D8DWNP", "eu")]
)
def test_a_country_or_an_id_tells_the_region_account(named: str, region: str) -> None:
    assert region_of(named) == region


@pytest.mark.parametrize("named", ["XX", "uk", "", "A1F83G8C2ARO7"])
def test_what_is_no_marketplace_is_not_guessed(named: str) -> None:
    with pytest.raises(KeyError):
        region_of(named)


def test_yen_have_no_minor_digits_and_all_other_currencies_two() -> None:
    assert {m.currency: m.minor_digits for m in MARKETPLACES if m.minor_digits != 2} == {"JPY": 0}


def test_every_timezone_is_one_the_machine_knows() -> None:
    assert all(ZoneInfo(marketplace.timezone).key == marketplace.timezone for marketplace in MARKETPLACES)


def test_the_european_union_is_one_fba_pool_and_the_united_kingdom_its_own() -> None:
    pools = {marketplace.country: fba_pool(marketplace) for marketplace in MARKETPLACES}
    assert {country for country, pool in pools.items() if pool == "EU"} == {
        *("IE", "ES", "FR", "BE", "NL", "DE", "IT", "SE", "PL")
    }
    assert {country for country, pool in pools.items() if pool == "NA"} == {"US", "CA", "MX", "BR"}
    assert (pools["UK"], pools["TR"], pools["JP"]) == ("UK", "TR", "JP")


def test_the_countries_of_a_region_keep_the_order_of_the_table() -> None:
    assert countries_of("fe") == ("SG", "AU", "JP")
