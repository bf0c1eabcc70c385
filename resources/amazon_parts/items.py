"""Listings items of some SKUs in one marketplace, with whatever parts of them are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from integration_assets.contracts.errors import BadDocument, Rejected, UnknownOutcome
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.client import AmazonClient, Answer
from resources.amazon_parts.pages import pages
from resources.amazon_parts.parse import Submission, objects, submission, text

SKUS_AT_ONCE = 20
NOT_FOUND = 404


class OfASku(Protocol):
    """A row that says whose it is."""

    @property
    def seller_sku(self) -> str:
        """The SKU as typed on Amazon."""


R = TypeVar("R", bound=OfASku)
Read = Callable[[Mapping[str, Any], datetime], R | None]
"""A listings item and the moment it was asked for -> its row; None where it has none."""


@dataclass(frozen=True)
class ListingsItems:
    """The listings of one account."""

    client: AmazonClient
    seller_id: str

    def read(self, skus: Sequence[str], marketplace: Marketplace, data: Sequence[str], row_of: Read[R]) -> Iterator[R]:
        """A row for each of these SKUs that the marketplace lists, twenty a call, matched letter by letter.

        Raises Throttled, Rejected, Unavailable or BadDocument.
        """
        listable = [sku for sku in skus if fits_a_list(sku)]
        for start in range(0, len(listable), SKUS_AT_ONCE):
            some = listable[start : start + SKUS_AT_ONCE]
            for item, asked_at in self._search(some, marketplace, data):
                row = row_of(item, asked_at)
                if row is not None and row.seller_sku in some:
                    yield row
        for sku in skus:
            if not fits_a_list(sku) and (answer := self._look_up(sku, marketplace, data)) is not None:
                row = row_of(answer.body, answer.asked_at)
                if row is not None and row.seller_sku == sku:
                    yield row

    def patch(
        self,
        sku: str,
        product_type: str,
        patches: Sequence[Mapping[str, Any]],
        places: Sequence[Marketplace],
        *,
        preview: bool = False,
    ) -> Submission:
        """Patch a listing by one call, and answer Amazon's receipt: ACCEPTED is queued, INVALID is refused.

        With `preview` Amazon checks it only (VALID or INVALID). Raises UnknownOutcome when Amazon may have taken it.
        """
        body = {"productType": product_type, "patches": list(patches)}
        query = {
            "marketplaceIds": [place.marketplace_id for place in places],
            "includedData": "issues",
            "issueLocale": "en_US",
            "mode": "VALIDATION_PREVIEW" if preview else None,
        }
        answer = self.client.call(
            "patchListingsItem",
            lambda library: library.listings.patch_listings_item(self.seller_id, sku, body=dict(body), **query),
            about=f"SKU {sku}",
            effect=not preview,
            expects=("sku", "status", "submissionId"),
        )
        try:
            return submission(answer.body, seller_sku=sku)
        except BadDocument as error:
            if preview:
                raise
            raise UnknownOutcome(
                f"patchListingsItem: {error}",
                todo="Read back before anything else.",
                operation=answer.operation,
                status=answer.status,
                request_id=answer.request_id,
            ) from error

    def _search(
        self, skus: Sequence[str], marketplace: Marketplace, data: Sequence[str]
    ) -> Iterator[tuple[Mapping[str, Any], datetime]]:
        query = {
            "marketplaceIds": [marketplace.marketplace_id],
            "identifiersType": "SKU",
            "identifiers": list(skus),
            "includedData": list(data),
            "pageSize": SKUS_AT_ONCE,
        }

        def fetch(token: str | None) -> Answer:
            arguments = query if token is None else {**query, "pageToken": token}
            return self.client.call(
                "searchListingsItems",
                lambda library: library.listings.search_listings_items(self.seller_id, **arguments),
                expects=("items",),
            )

        for page in pages(fetch, rows_of=lambda body: body["items"], token_of=_next_token):
            for item in objects(page.body, "items", "searchListingsItems"):
                yield item, page.asked_at

    def _look_up(self, sku: str, marketplace: Marketplace, data: Sequence[str]) -> Answer | None:
        """One SKU that a comma-separated list cannot carry; None where it is not listed."""
        query = {"marketplaceIds": [marketplace.marketplace_id], "includedData": list(data)}
        try:
            return self.client.call(
                "getListingsItem",
                lambda library: library.listings.get_listings_item(self.seller_id, sku, **query),
                about=f"SKU {sku}",
                expects=("sku",),
            )
        except Rejected as error:
            if error.status == NOT_FOUND:
                return None
            raise


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listings item with `summaries` and `attributes` says of one marketplace; `what` names it in errors."""

    sku: str
    what: str
    summary: Mapping[str, Any]
    attributes: Mapping[str, Any]


def listed_in(item: Mapping[str, Any], marketplace: Marketplace) -> Listed | None:
    """The part of a listings item that is about this marketplace; None where it is not listed there."""
    sku = text(item, "sku", "a listings item")
    what, here = f"listings item {sku}", marketplace.marketplace_id
    summary = next((one for one in objects(item, "summaries", what) if one.get("marketplaceId") == here), None)
    if summary is None:
        return None
    attributes = item.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise BadDocument(f"{what} has attributes of another kind than expected: {type(attributes).__name__}.")
    return Listed(sku, what, summary, attributes)


def fits_a_list(sku: str) -> bool:
    """Whether a comma-separated list can carry the SKU: no comma in it, no blank at its ends, no quotes."""
    return "," not in sku and '"' not in sku and sku == sku.strip()


def _next_token(body: Mapping[str, Any]) -> object:
    return (body.get("pagination") or {}).get("nextToken")
