"""What a listing says in one marketplace, and the patch that sets parts of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integration_assets.rules.content import IMAGES, TEXTS, Attribute
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.items import ListingsItems, listed_in
from resources.amazon_parts.parse import Submission, text

CONTENT_DATA = ("summaries", "attributes")


@dataclass(frozen=True, slots=True)
class ListedContent:
    """What a marketplace shows of a SKU; texts are None and images empty where it shows none."""

    seller_sku: str
    product_type: str
    title: str | None
    description: str | None
    images: tuple[str, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A new value of a part of a listing in one marketplace: a text, or images one a line.

    `images_shown` is how many images stand there now: those beyond the new ones are taken away.
    """

    attribute: Attribute
    marketplace: Marketplace
    language: str
    value: str
    images_shown: int = 0


@dataclass(frozen=True)
class Contents:
    """The listings' content of one account."""

    items: ListingsItems

    def search(self, skus: Sequence[str], marketplace: Marketplace) -> Iterator[ListedContent]:
        """What a marketplace shows of these SKUs, twenty a call; one that it does not list is absent.

        Raises Throttled, Rejected, Unavailable or BadDocument.
        """

        def row_of(item: Mapping[str, Any], asked_at: datetime) -> ListedContent | None:
            return listed(item, marketplace, asked_at)

        return self.items.read(list(dict.fromkeys(skus)), marketplace, CONTENT_DATA, row_of)

    def patch(self, sku: str, product_type: str, changes: Sequence[Change]) -> Submission:
        """Set parts of a listing by one call, and answer Amazon's receipt: ACCEPTED or INVALID.

        Raises UnknownOutcome when Amazon may have taken it.
        """
        places = list(dict.fromkeys(change.marketplace for change in changes))
        return self.items.patch(sku, product_type, list(patches_of(changes)), places)


def listed(item: Mapping[str, Any], marketplace: Marketplace, read_at: datetime) -> ListedContent | None:
    """A listings item with CONTENT_DATA, as this marketplace shows it; None where it is not listed there."""
    found = listed_in(item, marketplace)
    if found is None:
        return None
    attributes, here = found.attributes, marketplace.marketplace_id
    return ListedContent(
        seller_sku=found.sku,
        product_type=text(found.summary, "productType", found.what),
        # What nobody of this account has submitted is not among its attributes, and shows all the same.
        title=_value(attributes, TEXTS["title"], "value", here) or found.summary.get("itemName") or None,
        description=_value(attributes, TEXTS["description"], "value", here),
        images=tuple(url for name in IMAGES if (url := _value(attributes, name, "media_location", here))),
        read_at=read_at,
    )


def patches_of(changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
    """The patches of these changes. `merge` leaves the other marketplaces' values alone; `replace` would drop them."""
    merged: dict[str, list[dict[str, Any]]] = {}
    gone: dict[str, list[dict[str, Any]]] = {}
    for change in changes:
        place = {"marketplace_id": change.marketplace.marketplace_id}
        if change.attribute != "images":
            entry = {"value": change.value, "language_tag": change.language, **place}
            merged.setdefault(TEXTS[change.attribute], []).append(entry)
            continue
        urls = change.value.splitlines()
        for name, url in zip(IMAGES, urls, strict=False):
            merged.setdefault(name, []).append({"media_location": url, **place})
        for name in IMAGES[len(urls) : change.images_shown]:
            gone.setdefault(name, []).append(place)
    for op, found in (("merge", merged), ("delete", gone)):
        for name, value in found.items():
            yield {"op": op, "path": f"/attributes/{name}", "value": value}


def _value(attributes: Mapping[str, Any], name: str, field: str, marketplace_id: str) -> str | None:
    entries = attributes.get(name) or []
    found = [one for one in entries if isinstance(one, Mapping) and one.get("marketplace_id") == marketplace_id]
    value = found[0].get(field) if found else None
    return value if isinstance(value, str) and value else None
