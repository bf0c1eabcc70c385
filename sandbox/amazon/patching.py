"""What a listing patch does: read it, find its mistakes, carry it out. PATCH and JSON_LISTINGS_FEED share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.amazon.content import Content, attribute_of, read_content, submit_content
from sandbox.amazon.marketplaces import BY_ID, FBA_CHANNELS
from sandbox.amazon.pricing import Price, read_price, submit_price
from sandbox.amazon.quantities import MFN, submit
from sandbox.world import AmazonAccount, AmazonListing, World

STOCK_PATH = "/attributes/fulfillment_availability"
PRICE_PATH = "/attributes/purchasable_offer"
OPERATIONS = ("add", "replace", "merge", "delete")


@dataclass(frozen=True)
class Stock:
    """One entry of fulfillment_availability."""

    channel: str
    quantity: int | None
    lead_time_days: int | None
    restock_date: str | None
    replaces: bool


def issue(code: str, message: str, attribute: str, category: str = "INVALID_ATTRIBUTE") -> dict[str, Any]:
    """An issue of severity ERROR as the Listings Items model has it."""
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": [category],
    }


def read_patches(
    account: AmazonAccount, listing: AmazonListing, product_type: Any, patches: Any
) -> tuple[list[Stock | Price | Content], list[dict[str, Any]]]:
    """The changes a patch asks for, and its issues. With issues nothing of it may be carried out."""
    changes: list[Stock | Price | Content] = []
    speaks_of_content = any(attribute_of(patch.get("path")) for patch in patches)
    if product_type not in ((listing.product_type,) if speaks_of_content else ("PRODUCT", listing.product_type)):
        return [], [issue("90000913", f"Product type '{product_type}' does not fit the listing.", "product_type")]
    for patch in patches:
        operation, path, value = patch.get("op"), patch.get("path"), patch.get("value") or []
        if operation not in OPERATIONS:
            return [], [issue("90000900", f"Patch operation '{operation}' is not supported.", str(path))]
        if (attribute := attribute_of(path)) is not None and value and operation in OPERATIONS:
            for entry in value:
                told = read_content(account, listing, attribute, entry, delete=operation == "delete")
                if isinstance(told, str):
                    return [], [issue("99016", told, attribute)]
                changes.append(told)
            continue
        if operation == "delete" or path not in (STOCK_PATH, PRICE_PATH) or not value:
            return [], [issue("90000900", f"'{operation}' of '{path}' is not possible here.", str(path))]
        for entry in value:
            change: Stock | Price | dict[str, Any] | str = (
                _stock(account, entry, replaces=operation == "replace")
                if path == STOCK_PATH
                else read_price(account, listing, entry, replaces=operation == "replace")
            )
            if isinstance(change, str):
                return [], [issue("99014", change, "purchasable_offer")]
            if isinstance(change, dict):
                return [], [change]
            changes.append(change)
    return changes, []


def _stock(account: AmazonAccount, entry: dict[str, Any], *, replaces: bool) -> Stock | dict[str, Any]:
    channel, quantity = entry.get("fulfillment_channel_code"), entry.get("quantity")
    name = "fulfillment_availability"
    if channel not in (MFN, FBA_CHANNELS[account.region]):
        return issue("99022", f"Fulfillment channel '{channel}' is unknown in this region.", name)
    if quantity is None and channel == MFN:
        return issue("90220", f"'quantity' is required for channel {MFN} but not supplied.", name, "MISSING_ATTRIBUTE")
    if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 0):
        return issue("99014", f"'quantity' is {quantity!r}, expected a whole number from 0.", name)
    return Stock(channel, quantity, entry.get("lead_time_to_ship_max_days"), entry.get("restock_date"), replaces)


def carry_out(
    world: World,
    account: AmazonAccount,
    listing: AmazonListing,
    changes: list[Stock | Price | Content],
    *,
    never: bool = False,
    in_order: bool = True,
) -> str:
    """Carry the changes out and answer what they were, for the request log.

    `replace` drops the lead time and the restock date, `merge` keeps them. A channel the offer does not have is added.
    """
    effects: list[str] = []
    for change in changes:
        if isinstance(change, Content):
            submit_content(world, account, listing, change, never=never)
            effects.append(f"{change.attribute} in {BY_ID[change.marketplace_id].country}")
            continue
        if isinstance(change, Price):
            submit_price(world, account, listing, change, never=never)
            effects.append(f"price {change.amount} in {BY_ID[change.marketplace_id].country}")
            continue
        if change.channel not in listing.channels:
            listing.channels.append(change.channel)
            effects.append(f"channel {change.channel} added")
        if change.replaces or change.lead_time_days is not None:
            listing.lead_time_days = change.lead_time_days
        if change.replaces or change.restock_date is not None:
            listing.restock_date = change.restock_date
        if change.quantity is not None and change.channel == MFN:
            submit(world, account, listing, change.quantity, never=never, in_order=in_order)
            effects.append(f"quantity {change.quantity}")
    return ", ".join(effects)
