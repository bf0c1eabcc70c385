"""The names a shop's variants go by, and which names a person would take for one another."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence

from integration_assets.contracts.shopify import Variant


class ShopNames:
    """Variants by SKU: as typed, without spaces around, without letter case, and by how they look.

    A million SKUs have to fit: a name has an entry of its own only where it differs from the one typed.
    """

    def __init__(
        self, variants: Iterable[Variant], *, trim: bool, case_insensitive: bool, wanted_ids: Container[str] = ()
    ) -> None:
        self._trim = trim
        self._wanted: dict[str, Variant] = {}
        self._first: dict[str, Variant] = {}
        self._more: dict[str, list[Variant]] = {}
        for variant in variants:
            if variant.variant_id in wanted_ids:
                self._wanted[variant.variant_id] = variant
            if variant.sku and variant.sku.strip():
                first = self._first.setdefault(variant.sku, variant)
                if first is not variant:
                    self._more.setdefault(variant.sku, [first]).append(variant)
        self._spaced: dict[str, list[str]] = defaultdict(list)
        self._caseless: dict[str, list[str]] = defaultdict(list)
        for sku in self._first:
            if sku != sku.strip():
                self._spaced[sku.strip()].append(sku)
            if case_insensitive:
                self._caseless[self._caseless_key(sku)].append(sku)
        self._alike, self._twins = by_look(self._first)

    def of_id(self, variant_id: str) -> Sequence[Variant]:
        """The variant of Shopify's id, if its id was among those wanted."""
        return (self._wanted[variant_id],) if variant_id in self._wanted else ()

    def exact(self, name: str) -> Sequence[Variant]:
        """Variants whose SKU is `name` to the letter."""
        if name in self._more:
            return self._more[name]
        return (self._first[name],) if name in self._first else ()

    def trimmed(self, name: str) -> Sequence[Variant]:
        """Variants whose SKU is `name` but for the spaces around either."""
        bare = name.strip()
        return [variant for sku in (bare, *self._spaced.get(bare, ())) for variant in self.exact(sku)]

    def caseless(self, name: str) -> Sequence[Variant]:
        """Variants whose SKU is `name` but for letter case; none unless the shop was read that way."""
        return [variant for sku in self._caseless.get(self._caseless_key(name), ()) for variant in self.exact(sku)]

    def alike(self, name: str) -> Sequence[str]:
        """The shop's SKUs that look like `name`."""
        look = lookalike(name)
        if look in self._twins:
            return self._twins[look]
        return (self._alike[look],) if look in self._alike else ()

    def twins(self, sku: str) -> Sequence[str]:
        """The shop's SKUs that look like one of its own, that one included; none where it is the only one."""
        return self._twins.get(lookalike(sku), ()) if self._twins else ()

    def _caseless_key(self, sku: str) -> str:
        return (sku.strip() if self._trim else sku).casefold()


def lookalike(sku: str) -> str:
    """The same text for SKUs a person would take for one: letter case, spaces, width and invisible marks left out."""
    if sku.isascii():
        return " ".join(sku.split()).lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sku).casefold())
    visible = "".join(char for char in folded if unicodedata.category(char) != "Cf")
    return " ".join(visible.split())


def by_look(skus: Iterable[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Look -> one SKU of that look, and look -> all SKUs of it, sorted, where there are several."""
    first: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for sku in skus:
        look = lookalike(sku)
        other = first.setdefault(look, sku)
        if other != sku:
            several.setdefault(look, [other]).append(sku)
    for group in several.values():
        group.sort()
    return first, several
