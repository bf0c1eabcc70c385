"""FBA Inventory v1: summaries of the units in Amazon's warehouses.

Every marketplace of a pool shows the same units. A next token lives 30 seconds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.amazon.call import Answer, Call, invalid, stamp
from sandbox.faults import fault_for
from sandbox.world import FbaStock

PAGE = 50
TOKEN_SECONDS = 30
OLDEST = timedelta(days=548)


def get_inventory_summaries(call: Call) -> Answer:
    """Summaries for exactly one marketplace, 50 a page; quantities only with details=true."""
    marketplaces = call.marketplaces()
    if call.needed("granularityType") != "Marketplace":
        raise invalid("granularityType must be Marketplace")
    if len(marketplaces) != 1 or call.needed("granularityId") != marketplaces[0]:
        raise invalid("marketplaceIds must be exactly one marketplace, the one in granularityId")
    token = call.text("nextToken")
    asked = {name: values for name, values in call.query.items() if name != "nextToken"}
    start = 0
    if token is not None:
        known = call.state.page_tokens.get(token)
        if known is None or known.payload.get("operation") != call.operation:
            raise invalid("Invalid nextToken")
        if known.expires_at < call.world.now():
            raise invalid("nextToken has expired")
        if known.payload["asked"] != asked:
            raise invalid("nextToken was given for other parameters")
        start = known.payload["start"]
    found = _selected(call, marketplaces[0])
    if fault := fault_for(call.world, call.operation, among=("empty_snapshot", "half_snapshot", "repeated_page")):
        if fault.kind == "empty_snapshot":
            found = []
        elif fault.kind == "half_snapshot":
            found = found[: len(found) // 2]
        else:
            start = max(0, start - PAGE)
    details = call.text("details") == "true"
    body: dict[str, Any] = {
        "payload": {
            "granularity": {"granularityType": "Marketplace", "granularityId": marketplaces[0]},
            "inventorySummaries": [_summary(call, stock, details=details) for stock in found[start : start + PAGE]],
        }
    }
    if start + PAGE < len(found):
        payload = {"operation": call.operation, "asked": asked, "start": start + PAGE}
        body["pagination"] = {"nextToken": call.state.issue_page_token(call.world, payload, seconds=TOKEN_SECONDS)}
    return Answer(body, subject=call.text("sellerSku") or call.text("sellerSkus") or "")


def _selected(call: Call, marketplace_id: str) -> list[FbaStock]:
    wanted = call.listed("sellerSkus", most=50)
    if single := call.text("sellerSku"):
        wanted = [single]
    since = call.instant("startDateTime")
    if since is not None and since < call.world.now() - OLDEST:
        raise invalid("startDateTime is more than 18 months ago")
    return [
        stock
        for stock in call.account.fba.values()
        if marketplace_id in stock.marketplaces
        and (not wanted or stock.sku in wanted)
        and (since is None or (stock.updated_at is not None and stock.updated_at >= since))
    ]


def _summary(call: Call, stock: FbaStock, *, details: bool) -> dict[str, Any]:
    listing = call.account.listings.get(stock.sku)
    total = stock.fulfillable + stock.reserved + stock.inbound + stock.unfulfillable + stock.researching
    body: dict[str, Any] = {
        "asin": stock.asin,
        "fnSku": stock.fnsku,
        "sellerSku": stock.sku,
        "condition": "NewItem",
        "lastUpdatedTime": stamp(stock.updated_at or call.world.now()),
        "productName": listing.title if listing else stock.sku,
        "totalQuantity": total,
    }
    if details:
        body["inventoryDetails"] = _details(stock)
    return body


def _details(stock: FbaStock) -> dict[str, Any]:
    shipped = stock.inbound * 2 // 3
    pending = stock.reserved // 2
    return {
        "fulfillableQuantity": stock.fulfillable,
        "inboundWorkingQuantity": 0,
        "inboundShippedQuantity": shipped,
        "inboundReceivingQuantity": stock.inbound - shipped,
        "reservedQuantity": {
            "totalReservedQuantity": stock.reserved,
            "pendingCustomerOrderQuantity": pending,
            "pendingTransshipmentQuantity": stock.reserved - pending,
            "fcProcessingQuantity": 0,
        },
        "researchingQuantity": {
            "totalResearchingQuantity": stock.researching,
            "researchingQuantityBreakdown": [
                {"name": "researchingQuantityInShortTerm", "quantity": stock.researching},
                {"name": "researchingQuantityInMidTerm", "quantity": 0},
                {"name": "researchingQuantityInLongTerm", "quantity": 0},
            ],
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": stock.unfulfillable,
            "customerDamagedQuantity": stock.unfulfillable,
            "warehouseDamagedQuantity": 0,
            "distributorDamagedQuantity": 0,
            "carrierDamagedQuantity": 0,
            "defectiveQuantity": 0,
            "expiredQuantity": 0,
        },
    }
