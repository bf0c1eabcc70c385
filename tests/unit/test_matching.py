"""How a SKU on Amazon meets a variant in Shopify: never guessed, always with a reason, in any order of the input."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_assets.contracts.reconcile import MAP_STATUSES, MATCHES, SkuMap
from integration_assets.contracts.shopify import Variant
from integration_assets.rules.matching import AmazonSku, Matcher, Rule
from integration_assets.rules.sku_names import lookalike
from resources.operating_model import parse
from tests.unit.test_operating_model import SMALLEST


def variant(sku: str | None, *, number: int = 1, tracked: bool = True, bundle: bool = False) -> Variant:
    return Variant(
        variant_id=f"gid://shopify/ProductVariant/{number}",
        product_id=f"gid://shopify/Product/{number}",
        inventory_item_id=f"gid://shopify/InventoryItem/{number}",
        sku=sku,
        barcode=None,
        product_title="Mug",
        title="Blue",
        product_status="ACTIVE",
        tags=(),
        price=Decimal("9.50"),
        is_tracked=tracked,
        is_bundle=bundle,
        updated_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def shop(*skus: str | None) -> list[Variant]:
    return [variant(sku, number=number) for number, sku in enumerate(skus, start=1)]


def listed(*skus: str, region: str = "eu", fulfillment: str = "mfn") -> list[AmazonSku]:
    return [AmazonSku(region=region, seller_sku=sku, asin="B01", fulfillment=fulfillment) for sku in skus]


def only(rows: list[SkuMap]) -> SkuMap:
    assert len(rows) == 1
    return rows[0]


def found(row: SkuMap) -> tuple[str, str, str | None]:
    return row.match, row.status, row.variant_id and row.variant_id.rpartition("/")[2]


def test_the_same_sku_on_both_sides_is_mapped_without_a_word() -> None:
    row = only(Matcher().match(listed("MUG"), shop("CUP", "MUG")))
    assert row == SkuMap(
        region="eu",
        seller_sku="MUG",
        asin="B01",
        fulfillment="mfn",
        match="exact",
        status="mapped",
        variant_id="gid://shopify/ProductVariant/2",
        inventory_item_id="gid://shopify/InventoryItem/2",
        reason="",
    )


def test_a_sku_that_shopify_does_not_know_is_unmapped() -> None:
    row = only(Matcher().match(listed("MUG"), shop("CUP", None, "", "  ")))
    assert (found(row), row.reason) == (("none", "unmapped", None), "No variant in Shopify carries this SKU")


def test_variants_without_a_sku_never_meet_anything() -> None:
    assert found(only(Matcher().match(listed(" "), shop("", " ", None)))) == ("none", "unmapped", None)


def test_a_sku_that_two_variants_carry_is_ambiguous_and_says_which() -> None:
    row = only(Matcher().match(listed("MUG"), shop("MUG", "MUG")))
    assert found(row) == ("exact", "ambiguous", None)
    assert row.inventory_item_id is None
    assert row.reason == (
        "2 variants in Shopify carry it: Mug / Blue (active, gid://shopify/ProductVariant/1), "
        "Mug / Blue (active, gid://shopify/ProductVariant/2). "
        "Give each its own SKU, or map it to one of their ids under mapping.override"
    )


def test_two_variants_that_count_on_one_inventory_item_are_not_ambiguous() -> None:
    twice = [variant("MUG"), replace(variant("MUG"), variant_id="gid://shopify/ProductVariant/0")]
    assert found(only(Matcher().match(listed("MUG"), twice))) == ("exact", "mapped", "0")


def test_a_variant_whose_stock_is_not_counted_is_named_and_not_used() -> None:
    row = only(Matcher().match(listed("MUG"), [variant("MUG", tracked=False)]))
    assert found(row) == ("exact", "untracked", "1")
    assert row.reason == "Shopify does not count the stock of this variant, so there is no number to send"


def test_a_bundle_has_no_stock_of_its_own_and_is_mapped_all_the_same() -> None:
    assert found(only(Matcher().match(listed("SET"), [variant("SET", tracked=False, bundle=True)])))[1] == "mapped"


class TestOverrides:
    """A person's word."""

    def test_an_override_maps_what_no_rule_would(self) -> None:
        row = only(Matcher({"OLD-MUG": "MUG"}).match(listed("OLD-MUG"), shop("MUG")))
        assert (found(row), row.reason) == (("override", "mapped", "1"), "")

    def test_an_override_beats_a_variant_of_the_same_name_and_says_so(self) -> None:
        row = only(Matcher({"MUG": "MUG-2"}).match(listed("MUG"), shop("MUG", "MUG-2")))
        assert found(row) == ("override", "mapped", "2")
        assert (
            row.reason
            == "The operating model maps it to 'MUG-2', although Shopify has another variant of this very SKU"
        )

    def test_an_override_to_nothing_is_not_replaced_by_a_guess(self) -> None:
        row = only(Matcher({"MUG": "MUGG"}).match(listed("MUG"), shop("MUG")))
        assert found(row) == ("none", "unmapped", None)
        assert row.reason == "The operating model maps it to 'MUGG', and no variant in Shopify carries that SKU"

    def test_an_override_to_a_sku_that_two_variants_carry_is_ambiguous(self) -> None:
        assert found(only(Matcher({"OLD": "MUG"}).match(listed("OLD"), shop("MUG", "MUG")))) == (
            "override",
            "ambiguous",
            None,
        )

    def test_an_override_by_id_tells_apart_variants_that_share_a_sku(self) -> None:
        row = only(Matcher({"MUG": "gid://shopify/ProductVariant/2"}).match(listed("MUG"), shop("MUG", "MUG")))
        assert found(row) == ("override", "mapped", "2")
        assert row.reason == (
            "The operating model maps it to 'gid://shopify/ProductVariant/2', "
            "although Shopify has another variant of this very SKU"
        )

    def test_an_override_by_id_finds_a_variant_without_a_sku(self) -> None:
        row = only(Matcher({"MUG": "gid://shopify/ProductVariant/1"}).match(listed("MUG"), shop(None)))
        assert (found(row), row.reason) == (("override", "mapped", "1"), "")

    def test_an_override_to_an_id_that_is_gone_is_unmapped(self) -> None:
        row = only(Matcher({"MUG": "gid://shopify/ProductVariant/9"}).match(listed("MUG"), shop("MUG")))
        assert found(row) == ("none", "unmapped", None)
        assert row.reason.endswith("and no variant in Shopify carries that id")


class TestRules:
    """Prefixes, suffixes and what is left alone."""

    @pytest.mark.parametrize(
        ("rule", "sku", "expected"),
        [
            (Rule(strip_prefix="FBA-"), "FBA-MUG", ("rule", "mapped", "1")),
            (Rule(strip_suffix="-UK"), "MUG-UK", ("rule", "mapped", "1")),
            (Rule(strip_prefix="FBA-", strip_suffix="-UK"), "FBA-MUG-UK", ("rule", "mapped", "1")),
            (Rule(strip_prefix="FBA-", strip_suffix="-UK"), "FBA-MUG", ("none", "unmapped", None)),
            (Rule(strip_prefix="FBA-"), "fba-MUG", ("none", "unmapped", None)),
            (Rule(strip_prefix="FBA-"), "FBA-", ("none", "unmapped", None)),
            (Rule(region="na", strip_prefix="FBA-"), "FBA-MUG", ("none", "unmapped", None)),
            (Rule(region="eu", strip_prefix="FBA-"), "FBA-MUG", ("rule", "mapped", "1")),
            (Rule(strip_prefix="FBA-"), " FBA-MUG", ("rule", "mapped", "1")),
        ],
        ids=[
            "a prefix",
            "a suffix",
            "both",
            "one of two is not enough",
            "letter case counts",
            "nothing would be left",
            "another account's rule",
            "the account's own rule",
            "spaces around it",
        ],
    )
    def test_a_rule_takes_off_what_it_says(self, rule: Rule, sku: str, expected: tuple[str, str, str | None]) -> None:
        assert found(only(Matcher(rules=[rule]).match(listed(sku), shop("MUG")))) == expected

    def test_a_sku_that_is_the_same_on_both_sides_needs_no_rule(self) -> None:
        row = only(Matcher(rules=[Rule(strip_prefix="FBA-")]).match(listed("FBA-MUG"), shop("MUG", "FBA-MUG")))
        assert found(row) == ("exact", "mapped", "2")

    def test_the_first_rule_that_finds_a_variant_wins(self) -> None:
        rules = [Rule(strip_prefix="X-"), Rule(strip_prefix="X-Y-"), Rule(strip_suffix="-Z")]
        assert found(only(Matcher(rules=rules).match(listed("X-Y-MUG-Z"), shop("MUG-Z", "X-Y-MUG")))) == (
            "rule",
            "mapped",
            "1",
        )

    def test_ignored_skus_are_neither_mapped_nor_unmapped(self) -> None:
        matcher = Matcher(rules=[Rule(ignore=("amzn.gr.*",))])
        row = only(matcher.match(listed("amzn.gr.MUG-x"), shop("MUG")))
        assert (row.match, row.status) == ("none", "ignored")
        assert row.reason == "Left alone by the mapping rule that ignores 'amzn.gr.*'"

    def test_a_person_who_maps_an_ignored_sku_is_obeyed(self) -> None:
        matcher = Matcher({"amzn.gr.MUG": "MUG"}, [Rule(ignore=("amzn.gr.*",))])
        assert found(only(matcher.match(listed("amzn.gr.MUG"), shop("MUG")))) == ("override", "mapped", "1")


class TestTwins:
    """SKUs that a person would take for one another."""

    def test_a_sku_that_differs_only_by_letter_case_is_not_mapped(self) -> None:
        row = only(Matcher().match(listed("mug"), shop("MUG")))
        assert found(row) == ("none", "case_twin", None)
        assert row.reason == (
            "Shopify has 'MUG', which is not the same to the letter. "
            "Write it the same on both sides, or map it under mapping.override"
        )

    def test_letter_case_is_overlooked_only_where_the_operating_model_says_so(self) -> None:
        row = only(Matcher(case_insensitive=True).match(listed("mug"), shop("MUG")))
        assert (found(row), row.reason) == (
            ("rule", "mapped", "1"),
            "Shopify writes it 'MUG', which differs by letter case",
        )

    def test_spaces_around_a_sku_are_overlooked_unless_told_otherwise(self) -> None:
        row = only(Matcher().match(listed("MUG "), shop(" MUG")))
        assert (found(row), row.reason) == (
            ("exact", "mapped", "1"),
            "Shopify writes it ' MUG', which differs by the spaces around it",
        )
        assert found(only(Matcher(trim=False).match(listed("MUG "), shop(" MUG")))) == ("none", "case_twin", None)

    @pytest.mark.parametrize(
        "sku",
        ["\uff2d\uff35\uff27", "MU\u200bG", "M\u00ddG".replace("\u00dd", "U\u00ad"), "MUG\u00a0\u00a0"],
        ids=["full width", "zero width space", "soft hyphen", "no-break spaces, not trimmed"],
    )
    def test_characters_that_only_look_the_same_are_never_mapped(self, sku: str) -> None:
        for case_insensitive in (False, True):
            matcher = Matcher(trim=False, case_insensitive=case_insensitive)
            assert found(only(matcher.match(listed(sku), shop("MUG")))) == ("none", "case_twin", None)

    def test_of_two_amazon_skus_the_exact_one_maps_and_the_twin_does_not(self) -> None:
        for case_insensitive in (False, True):
            exact, twin = Matcher(case_insensitive=case_insensitive).match(listed("mug", "MUG"), shop("MUG"))
            assert (exact.seller_sku, found(exact)) == ("MUG", ("exact", "mapped", "1"))
            assert exact.reason == "Amazon also has 'mug', which looks the same"
            assert (twin.seller_sku, found(twin)) == ("mug", ("none", "case_twin", None))
            assert twin.reason.startswith(
                "Shopify has 'MUG', which is not the same to the letter; Amazon also has 'MUG'"
            )

    def test_of_two_shopify_skus_the_exact_one_maps_and_the_twin_is_named(self) -> None:
        row = only(Matcher().match(listed("MUG"), shop("MUG", "mug")))
        assert (found(row), row.reason) == (("exact", "mapped", "1"), "Shopify also has 'mug', which looks the same")

    def test_twins_on_both_sides_meet_letter_by_letter(self) -> None:
        rows = Matcher(case_insensitive=True).match(listed("MUG", "mug"), shop("mug", "MUG"))
        assert [(row.seller_sku, *found(row)) for row in rows] == [
            ("MUG", "exact", "mapped", "2"),
            ("mug", "exact", "mapped", "1"),
        ]

    def test_without_an_exact_one_two_candidates_are_ambiguous(self) -> None:
        row = only(Matcher(case_insensitive=True).match(listed("Mug"), shop("MUG", "mug")))
        assert found(row) == ("rule", "ambiguous", None)

    def test_two_amazon_skus_that_differ_by_spaces_are_not_both_mapped_to_one_variant(self) -> None:
        rows = Matcher().match(listed(" MUG", "MUG "), shop("MUG"))
        assert [row.status for row in rows] == ["case_twin", "case_twin"]

    def test_many_twins_are_counted_and_a_few_of_them_named(self) -> None:
        rows = Matcher(trim=False).match(listed("a", "A", " a", "a ", " A"), shop("a", "A", " a", "a ", " A", "  a"))
        assert rows[-1].seller_sku == "a "
        assert rows[-1].reason == (
            "Amazon also has ' A', ' a', 'A' and 1 more, which looks the same. "
            "Shopify also has '  a', ' A', ' a' and 2 more, which looks the same"
        )

    def test_twins_in_two_accounts_are_no_twins(self) -> None:
        rows = Matcher().match([*listed("MUG", region="eu"), *listed("MUG ", region="na")], shop("MUG"))
        assert [row.status for row in rows] == ["mapped", "mapped"]

    def test_a_rule_that_leads_to_a_twin_is_no_match_either(self) -> None:
        row = only(Matcher(rules=[Rule(strip_prefix="FBA-")]).match(listed("FBA-mug"), shop("MUG")))
        assert found(row) == ("none", "case_twin", None)


class TestChannels:
    """What Amazon says of who ships."""

    def test_a_sku_told_of_by_several_marketplaces_is_one_row(self) -> None:
        row = only(Matcher().match(listed("MUG") * 3, shop("MUG")))
        assert row.fulfillment == "mfn"

    def test_a_sku_that_the_merchant_ships_in_one_place_and_amazon_in_another_is_mixed(self) -> None:
        told = [*listed("MUG", fulfillment="fba"), *listed("MUG", fulfillment="unknown"), *listed("MUG")]
        row = only(Matcher().match(told, shop("MUG")))
        assert row.fulfillment == "mixed"
        assert row.reason == "Amazon shows a merchant's and an FBA channel for it; nothing is sent while it has both"

    def test_a_marketplace_that_leaves_open_who_ships_leaves_the_sku_open(self) -> None:
        told = [*listed("MUG"), *listed("MUG", fulfillment="unknown")]
        assert only(Matcher().match(told, shop("MUG"))).fulfillment == "unknown"

    def test_two_merchant_skus_on_one_variant_are_mapped_and_said_to_share_units(self) -> None:
        rows = Matcher(rules=[Rule(strip_suffix="-B")]).match(listed("MUG", "MUG-B"), shop("MUG"))
        assert [(row.status, row.reason) for row in rows] == [
            ("mapped", ""),
            ("mapped", "'MUG' promises the same units on Amazon"),
        ]

    def test_an_fba_sku_beside_a_merchant_sku_shares_nothing(self) -> None:
        rows = Matcher(rules=[Rule(strip_suffix="-B")]).match(
            [*listed("MUG"), *listed("MUG-B", fulfillment="fba")], shop("MUG")
        )
        assert [row.reason for row in rows] == ["", ""]


def test_the_matcher_takes_the_mapping_section_as_it_is_declared() -> None:
    model = parse(
        SMALLEST
        + """
[mapping]
override = { OLD = "MUG" }
[[mapping.rule]]
strip_prefix = "FBA-"
[[mapping.rule]]
region = "eu"
ignore = ["amzn.gr.*"]
"""
    )
    rows = Matcher.of(model.mapping).match(listed("OLD", "FBA-MUG", "amzn.gr.1", "MUG"), shop("MUG"))
    assert [(row.seller_sku, row.match, row.status) for row in rows] == [
        ("FBA-MUG", "rule", "mapped"),
        ("MUG", "exact", "mapped"),
        ("OLD", "override", "mapped"),
        ("amzn.gr.1", "none", "ignored"),
    ]


# Few letters, so that twins, duplicates and near misses are common; and any text at all beside them.
close = st.text(alphabet="aAbB \u00a0\u200b\uff21\u0130\u00df\u1e9e-", max_size=4)
names = st.one_of(close, st.text(max_size=6))
shops = st.lists(
    st.builds(
        lambda sku, number, tracked: variant(sku, number=number, tracked=tracked),
        st.one_of(st.none(), names),
        st.integers(1, 6),
        st.booleans(),
    ),
    max_size=8,
)
offers = st.lists(
    st.builds(
        AmazonSku,
        region=st.sampled_from(["eu", "na"]),
        seller_sku=names.filter(bool),
        asin=st.none(),
        fulfillment=st.sampled_from(["mfn", "fba", "mixed", "unknown"]),
    ),
    max_size=8,
)
matchers = st.builds(
    Matcher,
    st.dictionaries(names, st.one_of(names, st.just("gid://shopify/ProductVariant/1")), max_size=2),
    st.lists(st.builds(Rule, st.sampled_from([None, "eu"]), close, close, st.just(())), max_size=2),
    st.booleans(),
    st.booleans(),
)


@given(matchers, offers, shops, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(
    matcher: Matcher, told: list[AmazonSku], variants: list[Variant], dice: random.Random
) -> None:
    shuffled, reshuffled = list(told), list(variants)
    dice.shuffle(shuffled)
    dice.shuffle(reshuffled)
    assert matcher.match(shuffled, reshuffled) == matcher.match(told, variants)


@given(matchers, offers, shops)
def test_every_sku_gets_one_row_and_at_most_one_inventory_item(
    matcher: Matcher, told: list[AmazonSku], variants: list[Variant]
) -> None:
    rows = matcher.match(told, variants)
    assert [(row.region, row.seller_sku) for row in rows] == sorted({(each.region, each.seller_sku) for each in told})
    items = {each.variant_id: each.inventory_item_id for each in variants}
    for row in rows:
        assert row.status in MAP_STATUSES
        assert row.match in MATCHES
        usable = row.status in ("mapped", "untracked")
        assert (row.variant_id is not None) == usable
        assert row.inventory_item_id == (items[row.variant_id] if row.variant_id else None)
        assert row.status == "mapped" or row.reason


@given(offers, shops, st.booleans())
def test_without_overrides_and_rules_only_the_letters_themselves_make_a_pair(
    told: list[AmazonSku], variants: list[Variant], trim: bool
) -> None:
    skus = {
        each.variant_id: {other.sku for other in variants if other.variant_id == each.variant_id} for each in variants
    }
    for row in Matcher(trim=trim).match(told, variants):
        if row.variant_id is not None:
            carried = {sku.strip() if trim else sku for sku in skus[row.variant_id] if sku}
            assert (row.seller_sku.strip() if trim else row.seller_sku) in carried


@given(offers, shops)
def test_a_sku_that_several_items_carry_to_the_letter_is_never_mapped(
    told: list[AmazonSku], variants: list[Variant]
) -> None:
    for row in Matcher(case_insensitive=True).match(told, variants):
        carriers = {each.inventory_item_id for each in variants if each.sku == row.seller_sku}
        if len(carriers) > 1 and row.seller_sku.strip():
            assert row.status == "ambiguous"


@given(offers, shops)
def test_one_account_never_has_two_looks_of_a_sku_on_one_item_unless_both_are_written_so(
    told: list[AmazonSku], variants: list[Variant]
) -> None:
    rows = [row for row in Matcher(case_insensitive=True).match(told, variants) if row.variant_id is not None]
    typed = {each.sku for each in variants}
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        other = seen.setdefault((row.region, lookalike(row.seller_sku)), row.seller_sku)
        assert other == row.seller_sku or {other, row.seller_sku} <= typed


@given(st.text())
def test_looking_alike_is_settled_once(sku: str) -> None:
    assert lookalike(lookalike(sku)) == lookalike(sku)
    assert lookalike(f"  {sku}\t") == lookalike(sku)
