"""How a SKU on Amazon meets a variant in Shopify. Nothing is guessed: what is not clear is not mapped, and says why.

A SKU is looked for by override, then exactly as typed, then without the spaces around it, then (only where the
operating model says so) without regard to letter case, then the same ways after the prefixes and suffixes of a rule.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from integration_assets.contracts.reconcile import SkuMap
from integration_assets.contracts.shopify import Variant
from integration_assets.rules.sku_names import ShopNames, by_look

NAMED_AT_MOST = 3
LETTER_CASE = "letter case"
VARIANT_ID = "gid://shopify/ProductVariant/"


@dataclass(frozen=True, slots=True)
class AmazonSku:
    """A SKU of a region account; `fulfillment` says who ships it, one of contracts.reconcile.FULFILLMENTS."""

    region: str
    seller_sku: str
    asin: str | None
    fulfillment: str


@dataclass(frozen=True, slots=True)
class Rule:
    """How SKUs on Amazon differ from Shopify's. A SKU must carry both affixes where both are set.

    `region` None means every account; `ignore` holds patterns of SKUs that Shopify is not meant to know.
    """

    region: str | None = None
    strip_prefix: str = ""
    strip_suffix: str = ""
    ignore: tuple[str, ...] = ()

    def strip(self, sku: str) -> str | None:
        """The SKU without the affixes; None where it does not carry them or nothing would be left."""
        if not (self.strip_prefix or self.strip_suffix):
            return None
        if len(sku) <= len(self.strip_prefix) + len(self.strip_suffix):
            return None
        if not (sku.startswith(self.strip_prefix) and sku.endswith(self.strip_suffix)):
            return None
        return sku[len(self.strip_prefix) : len(sku) - len(self.strip_suffix)]


class RuleSettings(Protocol):
    """A mapping rule as the operating model declares it."""

    @property
    def region(self) -> str | None:
        """`region` of the file."""
        ...

    @property
    def strip_prefix(self) -> str | None:
        """`strip_prefix` of the file."""
        ...

    @property
    def strip_suffix(self) -> str | None:
        """`strip_suffix` of the file."""
        ...

    @property
    def ignore(self) -> tuple[str, ...]:
        """`ignore` of the file."""
        ...


class MappingSettings(Protocol):
    """The mapping section as the operating model declares it."""

    @property
    def override(self) -> Mapping[str, str]:
        """`override` of the file."""
        ...

    @property
    def rules(self) -> Sequence[RuleSettings]:
        """`rules` of the file."""
        ...

    @property
    def trim(self) -> bool:
        """`trim` of the file."""
        ...

    @property
    def case_insensitive(self) -> bool:
        """`case_insensitive` of the file."""
        ...


class _Found(NamedTuple):
    """What a lookup came to: the variants that carry the name, and how loosely it had to be read."""

    variants: Sequence[Variant]
    loosely: str


class Matcher:
    """Matches SKUs to variants by the rules of one operating model.

    `overrides` maps a SKU on Amazon to a SKU, or a variant's id (gid://…), in Shopify. A person wrote it, so it beats
    even a variant of the very same name (a SKU that was used again for something else). `trim` takes SKUs that differ
    only by spaces around them for the same, `case_insensitive` those that differ only by letter case.
    """

    def __init__(
        self,
        overrides: Mapping[str, str] | None = None,
        rules: Sequence[Rule] = (),
        trim: bool = True,
        case_insensitive: bool = False,
    ) -> None:
        self._overrides = dict(overrides or {})
        self._rules = tuple(rules)
        self._trim = trim
        self._case_insensitive = case_insensitive
        self._ignored = [
            (rule.region, pattern, re.compile(fnmatch.translate(pattern))) for rule in rules for pattern in rule.ignore
        ]

    @classmethod
    def of(cls, settings: MappingSettings) -> Matcher:
        """The matcher for the mapping section of an operating model."""
        rules = [
            Rule(rule.region, rule.strip_prefix or "", rule.strip_suffix or "", rule.ignore) for rule in settings.rules
        ]
        return cls(settings.override, rules, settings.trim, settings.case_insensitive)

    def match(self, listed: Iterable[AmazonSku], variants: Iterable[Variant]) -> list[SkuMap]:
        """One row per region account and Amazon SKU, by region and SKU. The order of the input changes nothing.

        A SKU told of twice (one row per marketplace) becomes one row. Time and memory grow with the number of SKUs.
        """
        wanted_ids = {wanted for wanted in self._overrides.values() if wanted.startswith(VARIANT_ID)}
        shop = ShopNames(
            variants, trim=self._trim, case_insensitive=self._case_insensitive, wanted_ids=frozenset(wanted_ids)
        )
        rows: list[SkuMap] = []
        ordered = sorted(listed, key=lambda each: (each.region, each.seller_sku))
        for _, account in itertools.groupby(ordered, key=lambda each: each.region):
            known = _once_each(account)
            _, several = by_look(each.seller_sku for each in known)
            twins = {sku: group for group in several.values() for sku in group}
            rows += _with_shared_stock([self._row(each, shop, twins.get(each.seller_sku, ())) for each in known])
        return rows

    def _row(self, listing: AmazonSku, shop: ShopNames, twins: Sequence[str]) -> SkuMap:
        sku = listing.seller_sku
        if sku in self._overrides:
            return self._by_override(listing, shop)
        for region, pattern, compiled in self._ignored:
            if region in (None, listing.region) and compiled.match(sku):
                return _row(
                    listing, "none", "ignored", reason=f"Left alone by the mapping rule that ignores {pattern!r}"
                )
        # Amazon's own twins must each meet a variant to the letter: read loosely, two SKUs would become one.
        strictly = bool(twins)
        for kind, name in self._names(listing, strictly=strictly):
            found = self._find(shop, name, strictly=strictly)
            if found.variants:
                return _settled(listing, kind, found, shop, twins)
        return self._not_found(listing, shop, twins)

    def _names(self, listing: AmazonSku, *, strictly: bool) -> Iterable[tuple[str, str]]:
        """The names to look for, as (match, name), most trusted first."""
        yield "exact", listing.seller_sku
        for rule in self._rules:
            if rule.region in (None, listing.region):
                loosely = self._trim and not strictly
                stripped = rule.strip(listing.seller_sku.strip() if loosely else listing.seller_sku)
                if stripped is not None and stripped.strip():
                    yield "rule", stripped

    def _find(self, shop: ShopNames, name: str, *, strictly: bool) -> _Found:
        exact = shop.exact(name)
        if exact or strictly:
            return _Found(exact, "")
        found = shop.trimmed(name) if self._trim else ()
        if found:
            return _Found(found, "the spaces around it")
        return _Found(shop.caseless(name), LETTER_CASE)

    def _by_override(self, listing: AmazonSku, shop: ShopNames) -> SkuMap:
        wanted = self._overrides[listing.seller_sku]
        by_id = wanted.startswith(VARIANT_ID)
        found = _Found(shop.of_id(wanted), "") if by_id else self._find(shop, wanted, strictly=False)
        if not found.variants:
            told = f"The operating model maps it to {wanted!r}, and no variant in Shopify carries that"
            return _row(listing, "none", "unmapped", reason=f"{told} {'id' if by_id else 'SKU'}")
        row = _settled(listing, "override", found, shop, ())
        if wanted != listing.seller_sku and any(each not in found.variants for each in shop.exact(listing.seller_sku)):
            return _remark(
                row, f"The operating model maps it to {wanted!r}, although Shopify has another variant of this very SKU"
            )
        return row

    def _not_found(self, listing: AmazonSku, shop: ShopNames, twins: Sequence[str]) -> SkuMap:
        for _, name in self._names(listing, strictly=False):
            alike = shop.alike(name)
            if alike:
                told = f"Shopify has {_listed(alike)}, which is not the same to the letter"
                if twins:
                    told += f"; Amazon also has {_listed(twins, besides=listing.seller_sku)}"
                return _row(
                    listing,
                    "none",
                    "case_twin",
                    reason=f"{told}. Write it the same on both sides, or map it under mapping.override",
                )
        return _row(listing, "none", "unmapped", reason="No variant in Shopify carries this SKU")


def _once_each(ordered: Iterable[AmazonSku]) -> list[AmazonSku]:
    return [_merged(list(told)) for _, told in itertools.groupby(ordered, key=lambda each: each.seller_sku)]


def _merged(told: Sequence[AmazonSku]) -> AmazonSku:
    if len(told) == 1:
        return told[0]
    ways = {each.fulfillment for each in told}
    # Where one marketplace leaves it open, the other's word is not enough to send a quantity.
    fulfillment = "mixed" if "mixed" in ways or {"mfn", "fba"} <= ways else min(ways - {"mfn"}, default="mfn")
    return replace(told[0], asin=min((each.asin for each in told if each.asin), default=None), fulfillment=fulfillment)


def _settled(listing: AmazonSku, kind: str, found: _Found, shop: ShopNames, twins: Sequence[str]) -> SkuMap:
    """The row for a SKU that some variant carries."""
    if found.loosely == LETTER_CASE and kind == "exact":
        kind = "rule"
    variant = min(found.variants, key=_order)
    items = {each.inventory_item_id for each in found.variants}
    if len(items) > 1:
        told = ", ".join(sorted(_named(each) for each in found.variants)[:NAMED_AT_MOST])
        more = f" and {len(found.variants) - NAMED_AT_MOST} more" if len(found.variants) > NAMED_AT_MOST else ""
        return _row(
            listing,
            kind,
            "ambiguous",
            reason=f"{len(found.variants)} variants in Shopify carry it: {told}{more}. "
            "Give each its own SKU, or map it to one of their ids under mapping.override",
        )
    counted = variant.is_tracked or variant.is_bundle
    row = _row(
        listing,
        kind,
        "mapped" if counted else "untracked",
        variant=variant,
        reason="" if counted else "Shopify does not count the stock of this variant, so there is no number to send",
    )
    if found.loosely:
        row = _remark(row, f"Shopify writes it {variant.sku!r}, which differs by {found.loosely}")
    if twins:
        row = _remark(row, f"Amazon also has {_listed(twins, besides=listing.seller_sku)}, which looks the same")
    lookalikes = shop.twins(variant.sku or "")
    if lookalikes:
        row = _remark(row, f"Shopify also has {_listed(lookalikes, besides=variant.sku)}, which looks the same")
    return row


def _row(listing: AmazonSku, kind: str, status: str, *, reason: str, variant: Variant | None = None) -> SkuMap:
    row = SkuMap(
        region=listing.region,
        seller_sku=listing.seller_sku,
        asin=listing.asin,
        fulfillment=listing.fulfillment,
        match=kind,
        status=status,
        variant_id=variant.variant_id if variant else None,
        inventory_item_id=variant.inventory_item_id if variant else None,
        reason=reason,
    )
    if listing.fulfillment == "mixed":
        return _remark(row, "Amazon shows a merchant's and an FBA channel for it; nothing is sent while it has both")
    return row


def _remark(row: SkuMap, told: str) -> SkuMap:
    return replace(row, reason=f"{row.reason}. {told}" if row.reason else told)


def _with_shared_stock(account: list[SkuMap]) -> list[SkuMap]:
    """Say so where two merchant-fulfilled SKUs of an account promise the same units."""
    first: dict[str, str] = {}
    for at, row in enumerate(account):
        if row.fulfillment == "mfn" and row.status == "mapped" and row.inventory_item_id is not None:
            other = first.setdefault(row.inventory_item_id, row.seller_sku)
            if other != row.seller_sku:
                account[at] = _remark(row, f"{other!r} promises the same units on Amazon")
    return account


def _order(variant: Variant) -> tuple[str, str, bool, str]:
    return variant.inventory_item_id, variant.variant_id, variant.is_tracked, variant.sku or ""


def _named(variant: Variant) -> str:
    return f"{variant.product_title} / {variant.title} ({variant.product_status.lower()}, {variant.variant_id})"


def _listed(skus: Sequence[str], *, besides: str | None = None) -> str:
    """A few of the SKUs by name; `besides` is one of them that is not worth telling."""
    named = [repr(sku) for sku in itertools.islice((sku for sku in skus if sku != besides), NAMED_AT_MOST)]
    more = len(skus) - (besides is not None) - len(named)
    return f"{', '.join(named)} and {more} more" if more else ", ".join(named)
