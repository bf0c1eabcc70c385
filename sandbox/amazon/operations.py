"""The operations the sandbox answers, with the rates Amazon publishes: calls a second and size of the bucket."""

from __future__ import annotations

from sandbox.amazon import fba, feeds, finances, listings, notifications, orders, outbound, reports, sellers, shipping
from sandbox.amazon.call import Handler, Operation


def _operation(
    name: str, method: str, path: str, rate: float, burst: int, answer: Handler, *, grantless: bool = False
) -> Operation:
    return Operation(name, method, tuple(path.strip("/").split("/")), rate, burst, answer, grantless)


LISTING = "/listings/2021-08-01/items/{sellerId}"
REPORTS = "/reports/2021-06-30"
FEEDS = "/feeds/2021-06-30"
OUTBOUND = "/fba/outbound/2020-07-01"
OUTBOUND_ORDER = OUTBOUND + "/fulfillmentOrders/{sellerFulfillmentOrderId}"
DESTINATIONS = "/notifications/v1/destinations"
SUBSCRIPTION = "/notifications/v1/subscriptions/{notificationType}"
ORDERS = "/orders/2026-01-01/orders"
OPERATIONS = (
    _operation("getListingsItem", "GET", LISTING + "/{sku}", 5, 10, listings.get_listings_item),
    _operation("patchListingsItem", "PATCH", LISTING + "/{sku}", 5, 5, listings.patch_listings_item),
    _operation("searchListingsItems", "GET", LISTING, 5, 5, listings.search_listings_items),
    _operation("searchOrders", "GET", ORDERS, 0.0056, 20, orders.search_orders),
    _operation("getOrder", "GET", ORDERS + "/{orderId}", 0.5, 30, orders.get_order),
    _operation(
        "confirmShipment", "POST", "/orders/v0/orders/{orderId}/shipmentConfirmation", 2, 10, shipping.confirm_shipment
    ),
    _operation("listTransactions", "GET", "/finances/2024-06-19/transactions", 0.5, 10, finances.list_transactions),
    _operation("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", 2, 2, fba.get_inventory_summaries),
    _operation("getFulfillmentPreview", "POST", OUTBOUND + "/fulfillmentOrders/preview", 2, 30, outbound.preview),
    _operation("createFulfillmentOrder", "POST", OUTBOUND + "/fulfillmentOrders", 2, 30, outbound.create_order),
    _operation("listAllFulfillmentOrders", "GET", OUTBOUND + "/fulfillmentOrders", 2, 30, outbound.list_orders),
    _operation("getFulfillmentOrder", "GET", OUTBOUND_ORDER, 2, 30, outbound.get_order),
    _operation("updateFulfillmentOrder", "PUT", OUTBOUND_ORDER, 2, 30, outbound.update_order),
    _operation("cancelFulfillmentOrder", "PUT", OUTBOUND_ORDER + "/cancel", 2, 30, outbound.cancel_order),
    _operation("getPackageTrackingDetails", "GET", OUTBOUND + "/tracking", 2, 30, outbound.tracking),
    _operation("createReport", "POST", REPORTS + "/reports", 0.0167, 15, reports.create_report),
    _operation("getReports", "GET", REPORTS + "/reports", 0.0222, 10, reports.get_reports),
    _operation("getReport", "GET", REPORTS + "/reports/{reportId}", 2, 15, reports.get_report),
    _operation(
        "getReportDocument", "GET", REPORTS + "/documents/{reportDocumentId}", 0.0167, 15, reports.get_report_document
    ),
    _operation("createFeedDocument", "POST", FEEDS + "/documents", 0.5, 15, feeds.create_feed_document),
    _operation("createFeed", "POST", FEEDS + "/feeds", 0.0083, 15, feeds.create_feed),
    _operation("getFeed", "GET", FEEDS + "/feeds/{feedId}", 2, 15, feeds.get_feed),
    _operation("getFeedDocument", "GET", FEEDS + "/documents/{feedDocumentId}", 0.0222, 10, feeds.get_feed_document),
    _operation("getDestinations", "GET", DESTINATIONS, 1, 5, notifications.get_destinations, grantless=True),
    _operation("createDestination", "POST", DESTINATIONS, 1, 5, notifications.create_destination, grantless=True),
    _operation("getSubscription", "GET", SUBSCRIPTION, 1, 5, notifications.get_subscription),
    _operation("createSubscription", "POST", SUBSCRIPTION, 1, 5, notifications.create_subscription),
    _operation(
        "getMarketplaceParticipations",
        "GET",
        "/sellers/v1/marketplaceParticipations",
        0.016,
        15,
        sellers.get_marketplace_participations,
    ),
)
SUBMISSIONS = ("JSON_LISTINGS_FEED", 5 / 300, 5)
"""Listings feeds have a quota of their own beside createFeed's: 5 in 5 minutes."""
