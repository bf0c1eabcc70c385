"""What a listing says in one marketplace, and the patch that sets parts of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integration_assets.contracts.errors import BadDocument, UnknownOutcome
from integration_assets.rules.content import IMAGES, TEXTS, Attribute
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.client import AmazonClient
from resources.amazon_parts.items import ListingsItems
from resources.amazon_parts.parse import Submission, objects, submission, text

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

    client: AmazonClient
    items: ListingsItems
    seller_id: str

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
        body = {"productType": product_type, "patches": list(patches_of(changes))}
        query = {
            "marketplaceIds": list(dict.fromkeys(change.marketplace.marketplace_id for change in changes)),
            "includedData": "issues",
            "issueLocale": "en_US",
        }
        answer = self.client.call(
            "patchListingsItem",
            lambda library: library.listings.patch_listings_item(self.seller_id, sku, body=dict(body), **query),
            about=f"SKU {sku}",
            effect=True,
            expects=("sku", "status", "submissionId"),
        )
        try:
            return submission(answer.body, seller_sku=sku)
        except BadDocument as error:
            raise UnknownOutcome(
                f"patchListingsItem: {error}",
                todo="Read back before anything else.",
                operation=answer.operation,
                status=answer.status,
                request_id=answer.request_id,
            ) from error


def listed(item: Mapping[str, Any], marketplace: Marketplace, read_at: datetime) -> ListedContent | None:
    """A listings item with CONTENT_DATA, as this marketplace shows it; None where it is not listed there."""
    sku = text(item, "sku", "a listings item")
    what, here = f"listings item {sku}", marketplace.marketplace_id
    summary = next((one for one in objects(item, "summaries", what) if one.get("marketplaceId") == here), None)
    if summary is None:
        return None
    attributes = item.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise BadDocument(f"{what} has attributes of another kind than expected: {type(attributes).__name__}.")
    return ListedContent(
        seller_sku=sku,
        product_type=text(summary, "productType", what),
        # What nobody of this account has submitted is not among its attributes, and shows all the same.
        title=_value(attributes, TEXTS["title"], "value", here) or summary.get("itemName") or None,
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
