"""Who ships: the gate in front of every quantity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.rules.channel import who_ships


@pytest.mark.parametrize(
    ("codes", "ships"),
    [
        (["DEFAULT"], "mfn"),
        (["AMAZON_EU"], "fba"),
        (["AMAZON_NA", "AMAZON_JP"], "fba"),
        (["DEFAULT", "AMAZON_EU"], "mixed"),
        ([], "unknown"),
        (["SUPPLY-SOURCE-1"], "unknown"),
        (["DEFAULT", "SUPPLY-SOURCE-1"], "unknown"),
        (["default"], "unknown"),
    ],
    ids=[
        "the merchant",
        "Amazon",
        "Amazon in two networks",
        "both",
        "nothing said",
        "multi-location inventory",
        "multi-location inventory beside DEFAULT",
        "a code is as Amazon writes it",
    ],
)
def test_who_ships_is_amazons_own_word(codes: list[str], ships: str) -> None:
    assert who_ships(codes) == ships


@given(st.lists(st.one_of(st.sampled_from(["DEFAULT", "AMAZON_EU", "AMAZON_NA"]), st.text(max_size=4))))
def test_no_offer_with_any_other_code_than_default_is_ever_the_merchants(codes: list[str]) -> None:
    assert (who_ships(codes) == "mfn") == (set(codes) == {"DEFAULT"})
