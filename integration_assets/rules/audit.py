"""The kinds of findings an audit makes: what each means, who mends it, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Section = Literal["Products", "Listings", "Stock", "Prices", "Orders", "Set-up"]
Severity = Literal["urgent", "high", "normal"]
SECTIONS: Final[tuple[Section, ...]] = ("Stock", "Prices", "Products", "Listings", "Orders", "Set-up")
RANK: Final[Mapping[str, int]] = MappingProxyType({"urgent": 0, "high": 1, "normal": 2})


@dataclass(frozen=True, slots=True)
class AuditKind:
    """One kind of finding. `at_stake` says what its units and its money count; empty where it has none."""

    name: str
    title: str
    section: Section
    severity: Severity
    owner: str
    means: str
    todo: str
    at_stake: str = ""


_KINDS: Final = (
    AuditKind(
        "stock_at_risk",
        "Amazon offers units that are not there",
        "Stock",
        "urgent",
        "ecommerce",
        "Amazon can sell more than the locations of the pool hold: the next orders cannot be shipped.",
        "Switch on the stock push, or lower the quantity in Seller Central today.",
        "units beyond what is available, at Amazon's price",
    ),
    AuditKind(
        "quantity_apart",
        "Quantities differ",
        "Stock",
        "high",
        "ecommerce",
        "Amazon shows another quantity than the stock rules make of Shopify's: sales are lost or promised too early.",
        "`instep plan` shows every number; the stock push brings them in step.",
        "units of difference, at Amazon's price",
    ),
    AuditKind(
        "untracked_item",
        "Shopify does not count the stock",
        "Stock",
        "high",
        "ecommerce",
        "Without a count there is no number to send to Amazon.",
        "Switch on `Track quantity` in Shopify and enter the stock, or set `never_push` for the SKU.",
    ),
    AuditKind(
        "mixed_channel",
        "FBA and merchant-fulfilled under one SKU",
        "Stock",
        "high",
        "ecommerce",
        "A quantity sent to such an offer can turn what Amazon ships into something you must ship.",
        "Convert it to one way of fulfilment in Seller Central, or give each way its own SKU.",
    ),
    AuditKind(
        "price_below_floor",
        "Sold below the floor",
        "Prices",
        "urgent",
        "ecommerce",
        "Amazon shows a price under the least that the price rules allow.",
        "Stop what set it, and release the price, or lower the floor in `[prices]`.",
        "money under the floor per unit sold",
    ),
    AuditKind(
        "price_apart",
        "Prices differ",
        "Prices",
        "high",
        "ecommerce",
        "Amazon shows another price than the rules make of Shopify's.",
        "Look at the rules in `[prices]`; the price push brings them in step, a repricer's SKUs can be left alone.",
        "difference per unit sold, either way",
    ),
    AuditKind(
        "conflicting_price_rules",
        "Two price rules contradict one another",
        "Prices",
        "normal",
        "ecommerce",
        "Two rules as specific as each other say different things of a SKU: the later one in the file counts.",
        "Make one of them more specific in `[[prices.rule]]`, or take it out.",
    ),
    AuditKind(
        "amazon_sku_without_variant",
        "On Amazon, but not in Shopify",
        "Products",
        "high",
        "ecommerce",
        "No variant in Shopify stands for the SKU, so neither its stock nor its price can be kept.",
        "Give the variant the same SKU, add a line to `[mapping] override`, or ignore it by a `[[mapping.rule]]`.",
        "units Amazon shows, at Amazon's price",
    ),
    AuditKind(
        "duplicate_sku",
        "Several variants carry one SKU",
        "Products",
        "high",
        "ecommerce",
        "Which of them Amazon sells cannot be told, so nothing is sent for it.",
        "Give each variant in Shopify its own SKU, or name the right one in `[mapping] override`.",
    ),
    AuditKind(
        "case_twin",
        "SKUs that differ only by letter case or spaces",
        "Products",
        "high",
        "ecommerce",
        "For Amazon they are two SKUs, for a person one.",
        "Rename one of them, or pair it by hand in `[mapping] override`.",
    ),
    AuditKind(
        "barcode_disagrees",
        "The barcodes of both sides disagree",
        "Products",
        "high",
        "ecommerce",
        "The listing was made with another product code than the variant has: buyers may get another thing.",
        "Compare the goods; correct the barcode in Shopify or list it under the right product on Amazon.",
    ),
    AuditKind(
        "asin_shared",
        "One Amazon product for several variants",
        "Products",
        "high",
        "ecommerce",
        "Several variants of the shop sell on one ASIN: buyers may get another one than they chose.",
        "Give each variant a listing of its own product on Amazon.",
    ),
    AuditKind(
        "product_not_on_amazon",
        "In Shopify, but not on Amazon",
        "Products",
        "normal",
        "ecommerce",
        "An active product with stock that Amazon does not list.",
        "List it, where it is meant to be sold there.",
        "units available, at Shopify's price",
    ),
    AuditKind(
        "suppressed_listing",
        "Listings that buyers cannot find",
        "Listings",
        "urgent",
        "ecommerce",
        "Amazon has suppressed the listing: it sells nothing until it is mended.",
        "Open it in Seller Central, Fix Listings, and supply what Amazon asks for.",
        "units that cannot be bought, at Amazon's price",
    ),
    AuditKind(
        "listing_issue",
        "Listings with errors",
        "Listings",
        "high",
        "ecommerce",
        "Amazon reports an error: changes of the listing may be refused, and it may be suppressed next.",
        "Open it in Seller Central and mend what the message names.",
    ),
    AuditKind(
        "incomplete_listing",
        "Listings that were never finished",
        "Listings",
        "high",
        "ecommerce",
        "Amazon calls the listing incomplete: it cannot be bought.",
        "Finish it in Seller Central, or delete it.",
    ),
    AuditKind(
        "missing_weight",
        "Listings without a weight",
        "Listings",
        "normal",
        "operations",
        "Without a weight, Amazon's fees and shipping by weight are guesses.",
        "Enter the package weight of the listing.",
    ),
    AuditKind(
        "missing_lead_time",
        "Merchant listings without a handling time",
        "Listings",
        "normal",
        "operations",
        "Amazon then takes the account's default, and every day too short is a late shipment.",
        "Set the handling time of the listing, or make sure that the account's default is right.",
    ),
    AuditKind(
        "unshipped_order_unknown",
        "Amazon orders to ship that Shopify lacks",
        "Orders",
        "urgent",
        "operations",
        "Nobody packs what the shop does not show, and its units are still for sale.",
        "Take in the orders, or enter them by hand with the Amazon order id as reference.",
        "value of the orders",
    ),
    AuditKind(
        "shipped_order_unknown",
        "Shipped Amazon orders that Shopify lacks",
        "Orders",
        "normal",
        "finance",
        "They are missing in the shop's figures.",
        "Take them in, where the shop is meant to show all sales.",
        "value of the orders",
    ),
    AuditKind(
        "shop_order_unknown",
        "Shopify orders without their Amazon order",
        "Orders",
        "high",
        "operations",
        "The order names an Amazon order id that Amazon does not tell of.",
        "Correct the reference, or cancel the order when it was entered twice.",
        "value of the orders",
    ),
    AuditKind(
        "missing_scope",
        "The app may not do what it needs to",
        "Set-up",
        "urgent",
        "engineering",
        "Shopify refuses what the scope is for.",
        "Add it to the app's scopes, release a new version, and approve it on the shop.",
    ),
    AuditKind(
        "outdated_setting",
        "Settings that will stop working",
        "Set-up",
        "high",
        "engineering",
        "Shopify or Amazon takes it away.",
        "Change it before then.",
    ),
)
AUDIT: Final[Mapping[str, AuditKind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
