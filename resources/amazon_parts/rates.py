"""The published rate of every operation we call, by Amazon's own name for it.

Source: the usage plans in Amazon's models. They count per selling account and application. Amazon's answers name the
rate in force in `x-amzn-RateLimit-Limit`, which then overrules this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `per_second` calls are refilled, at most `burst` are saved up."""

    per_second: float
    burst: int


RATES: Mapping[str, Rate] = {
    "getMarketplaceParticipations": Rate(0.016, 15),
    "searchListingsItems": Rate(5, 5),
    "getListingsItem": Rate(5, 10),
    "patchListingsItem": Rate(5, 5),
    "getInventorySummaries": Rate(2, 2),
    "searchOrders": Rate(0.0056, 20),
    "getOrder": Rate(0.5, 30),
    "confirmShipment": Rate(2, 10),
    "listTransactions": Rate(0.5, 10),
    "getFulfillmentPreview": Rate(2, 30),
    "createFulfillmentOrder": Rate(2, 30),
    "listAllFulfillmentOrders": Rate(2, 30),
    "getFulfillmentOrder": Rate(2, 30),
    "cancelFulfillmentOrder": Rate(2, 30),
    "getDestinations": Rate(1, 5),
    "createDestination": Rate(1, 5),
    "getSubscription": Rate(1, 5),
    "createSubscription": Rate(1, 5),
    "createReport": Rate(0.0167, 15),
    "getReport": Rate(2, 15),
    "getReports": Rate(0.0222, 10),
    "getReportDocument": Rate(0.0167, 15),
    "createFeedDocument": Rate(0.5, 15),
    "createFeed": Rate(0.0083, 15),
    "getFeed": Rate(2, 15),
    "getFeedDocument": Rate(0.0222, 10),
}
