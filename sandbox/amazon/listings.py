"""Listings Items 2021-08-01: get, search and patch."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.content import content_of
from sandbox.amazon.marketplaces import BY_ID
from sandbox.amazon.patching import carry_out, issue, read_patches
from sandbox.amazon.pricing import submitted_offer
from sandbox.amazon.quantities import MFN
from sandbox.amazon.state import state_of
from sandbox.faults import fault_for
from sandbox.world import AmazonAccount, AmazonListing, World

INCLUDED = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)
IDENTIFIERS = ("ASIN", "EAN", "FNSKU", "GTIN", "ISBN", "JAN", "MINSAN", "SKU", "UPC")
REACHABLE = 1000
"""A search reaches no further than this many items."""
TOKEN_SECONDS = 3600


def get_listings_item(call: Call) -> Answer:
    """One listing. Of several marketplaces only the first is answered for."""
    call.own_seller()
    call.needed("marketplaceIds")
    marketplaces = call.marketplaces()[:1]
    included = call.listed("includedData", allowed=INCLUDED) or ["summaries"]
    sku = call.path["sku"]
    listing = call.account.listings.get(sku)
    if listing is None or marketplaces[0] not in listing.statuses:
        raise Problem(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {marketplaces[0]}", sku)
    _shown(call.world, call.account, included, [sku])
    return Answer(item_body(listing, marketplaces, included), subject=sku)


def search_listings_items(call: Call) -> Answer:
    """Listings by identifiers, at most 20, or all of them newest first; never more than 1,000."""
    call.own_seller()
    call.needed("marketplaceIds")
    marketplaces = call.marketplaces()
    included = call.listed("includedData", allowed=INCLUDED) or ["summaries"]
    size = call.number("pageSize", default=10, most=20)
    asked = {name: values for name, values in call.query.items() if name != "pageToken"}
    offset = _offset(call, asked)
    found = _found(call, marketplaces)
    if fault := fault_for(call.world, call.operation, among={"empty_snapshot", "half_snapshot", "repeated_page"}):
        if fault.kind == "empty_snapshot":
            found = []
        elif fault.kind == "half_snapshot":
            found = found[: len(found) // 2]
        else:
            offset = max(0, offset - size)
    page = found[offset : min(offset + size, REACHABLE)]
    body: dict[str, Any] = {
        "numberOfResults": len(found),
        "items": [item_body(listing, marketplaces, included) for listing in page],
    }
    if page and offset + len(page) < min(len(found), REACHABLE):
        payload = {"operation": call.operation, "asked": asked, "offset": offset + len(page)}
        token = call.state.issue_page_token(call.world, payload, seconds=TOKEN_SECONDS)
        body["pagination"] = {"nextToken": token}
    _shown(call.world, call.account, included, [listing.sku for listing in page])
    return Answer(body, subject=",".join(call.listed("identifiers")))


def _offset(call: Call, asked: dict[str, list[str]]) -> int:
    token = call.text("pageToken")
    if token is None:
        return 0
    known = call.state.page_tokens.get(token)
    if known is None or known.expires_at < call.world.now() or known.payload.get("operation") != call.operation:
        raise invalid("pageToken is unknown or has expired")
    if known.payload["asked"] != asked:
        raise invalid("pageToken was given for other parameters")
    offset = known.payload["offset"]
    assert isinstance(offset, int)  # noqa: S101 - issued above
    return offset


def _found(call: Call, marketplaces: list[str]) -> list[AmazonListing]:
    identifiers = call.listed("identifiers", most=20)
    kind = call.text("identifiersType")
    if bool(identifiers) != bool(kind):
        raise invalid("identifiers and identifiersType belong together")
    if kind is not None and kind not in IDENTIFIERS:
        raise invalid(f"identifiersType is unknown: {kind}")
    if kind == "SKU":
        every = [call.account.listings[sku] for sku in dict.fromkeys(identifiers) if sku in call.account.listings]
    else:
        wanted = set(identifiers)
        every = [each for each in call.account.listings.values() if not kind or _named(each, kind) in wanted]
    found = [each for each in every if any(place in each.statuses for place in marketplaces)]
    for name, later in (("lastUpdatedAfter", True), ("lastUpdatedBefore", False)):
        if bound := call.instant(name):
            found = [each for each in found if (each.updated_at >= bound) == later]
    for name, later in (("createdAfter", True), ("createdBefore", False)):
        if bound := call.instant(name):
            found = [each for each in found if (each.created_at >= bound) == later]
    by = call.text("sortBy") or "lastUpdatedDate"
    down = (call.text("sortOrder") or "DESC") == "DESC"
    if by == "sku":
        return sorted(found, key=lambda each: each.sku, reverse=down)
    return sorted(found, key=lambda each: (_moment(each, by), each.sku), reverse=down)


def _moment(listing: AmazonListing, by: str) -> datetime:
    return listing.created_at if by == "createdDate" else listing.updated_at


def _named(listing: AmazonListing, kind: str) -> str | None:
    return {"ASIN": listing.asin, "FNSKU": listing.fnsku}.get(kind, listing.barcode)


def _shown(world: World, account: AmazonAccount, included: list[str], skus: list[str]) -> None:
    if "fulfillmentAvailability" in included:
        for told in list(state_of(world, account).on_shown):
            told(skus)


def patch_listings_item(call: Call) -> Answer:
    """Change a listing. HTTP 200 with INVALID is a no; ACCEPTED is applied later; a preview changes nothing."""
    call.own_seller()
    call.needed("marketplaceIds")
    marketplaces = call.marketplaces()
    mode = call.text("mode")
    if mode not in (None, "VALIDATION_PREVIEW"):
        raise invalid(f"mode is unknown: {mode}")
    call.listed("includedData", allowed=("identifiers", "issues"))
    sku = call.path["sku"]
    product_type, patches = call.field("productType"), call.field("patches")
    if not isinstance(patches, list) or not all(isinstance(patch, dict) for patch in patches):
        raise invalid("patches is not a list of objects")
    listing = call.account.listings.get(sku)
    if listing is None or not any(place in listing.statuses for place in marketplaces):
        raise invalid(f"SKU '{sku}' is not listed in {', '.join(marketplaces)}", sku)
    changes, issues = read_patches(call.account, listing, product_type, patches)
    fault = fault_for(call.world, call.operation, among={"invalid", "never_applied"}) if mode is None else None
    if not issues and (sku in call.state.rejected or (fault and fault.kind == "invalid")):
        issues = [issue("8541", "The product does not match any ASIN any more.", "fulfillment_availability")]
    body: dict[str, Any] = {"sku": sku, "submissionId": str(uuid.UUID(int=call.state.dice.getrandbits(128)))}
    if "identifiers" in call.listed("includedData"):
        body["identifiers"] = [{"marketplaceId": place, "asin": listing.asin} for place in marketplaces]
    if issues:
        return Answer({**body, "status": "INVALID", "issues": issues}, subject=sku, outcome="invalid")
    if mode:
        return Answer({**body, "status": "VALID", "issues": []}, subject=sku)
    never = fault is not None and fault.kind == "never_applied"
    effect = carry_out(call.world, call.account, listing, changes, never=never)
    return Answer({**body, "status": "ACCEPTED", "issues": []}, subject=sku, effect=effect)


def item_body(listing: AmazonListing, marketplaces: list[str], included: list[str]) -> dict[str, Any]:
    """A listing as the model's Item, with the data sets asked for."""
    here = [place for place in marketplaces if place in listing.statuses]
    body: dict[str, Any] = {"sku": listing.sku}
    if "summaries" in included:
        body["summaries"] = [_summary(listing, place) for place in here]
    if "attributes" in included:
        body["attributes"] = _attributes(listing, here)
    if "issues" in included:
        places = set(marketplaces)
        body["issues"] = [
            found for found in listing.issues if places.intersection(found.get("marketplaceIds", marketplaces))
        ]
    if "offers" in included:
        body["offers"] = [_offer(listing, place) for place in here if place in listing.prices]
    if "fulfillmentAvailability" in included:
        body["fulfillmentAvailability"] = [_availability(listing, channel) for channel in listing.channels]
    if "relationships" in included:
        body["relationships"] = [{"marketplaceId": place, "relationships": []} for place in here]
    if "productTypes" in included:
        body["productTypes"] = [{"marketplaceId": place, "productType": listing.product_type} for place in here]
    return body


def _summary(listing: AmazonListing, marketplace_id: str) -> dict[str, Any]:
    active = listing.statuses[marketplace_id] == "Active"
    status = [] if marketplace_id in listing.suppressed else ["BUYABLE", "DISCOVERABLE"] if active else ["DISCOVERABLE"]
    body = {
        "marketplaceId": marketplace_id,
        "asin": listing.asin,
        "productType": listing.product_type,
        "conditionType": "new_new",
        "status": status,
        "itemName": listing.title,
        "createdDate": stamp(listing.created_at),
        "lastUpdatedDate": stamp(listing.updated_at),
    }
    if listing.fnsku and listing.channels != [MFN]:
        body["fnSku"] = listing.fnsku
    return body


def _offer(listing: AmazonListing, marketplace_id: str) -> dict[str, Any]:
    return {
        "marketplaceId": marketplace_id,
        "offerType": "B2C",
        "price": {"currencyCode": BY_ID[marketplace_id].currency, "amount": str(listing.prices[marketplace_id])},
        "audience": {"value": "ALL", "displayName": "Sell on Amazon"},
    }


def _availability(listing: AmazonListing, channel: str) -> dict[str, Any]:
    if channel == MFN:
        return {"fulfillmentChannelCode": MFN, "quantity": listing.quantity}
    return {"fulfillmentChannelCode": channel}


def _attributes(listing: AmazonListing, marketplaces: list[str]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    for channel in listing.channels:
        entry: dict[str, Any] = {"fulfillment_channel_code": channel}
        if channel == MFN:
            entry["quantity"] = listing.attribute_quantity
            if listing.lead_time_days is not None:
                entry["lead_time_to_ship_max_days"] = listing.lead_time_days
            if listing.restock_date is not None:
                entry["restock_date"] = listing.restock_date
        entries.append(entry)
    body: dict[str, Any] = {
        **content_of(listing, marketplaces),
        "fulfillment_availability": entries,
        "purchasable_offer": [submitted_offer(listing, place) for place in marketplaces if place in listing.prices],
    }
    if listing.weight_grams is not None:
        weight = {"unit": "grams", "value": float(listing.weight_grams)}
        body["item_package_weight"] = [{**weight, "marketplace_id": place} for place in marketplaces]
    return body
