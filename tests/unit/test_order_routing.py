"""What becomes of an Amazon order in Shopify."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration_assets.rules.order_routing import routed

TAKEOVER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORDER: dict[str, Any] = {
    "channel_name": "AMAZON",
    "status": "UNSHIPPED",
    "fulfilled_by": "MERCHANT",
    "created_at": TAKEOVER + timedelta(days=1),
    "import_from": TAKEOVER,
    "fba": "at_once",
}


@pytest.mark.parametrize(
    ("told", "route"),
    [
        ({}, "merchant"),
        ({"status": "PARTIALLY_SHIPPED"}, "merchant"),
        ({"status": "SHIPPED"}, "merchant"),
        ({"fulfilled_by": "AMAZON"}, "amazon"),
        ({"fulfilled_by": "AMAZON", "status": "SHIPPED", "fba": "when_shipped"}, "amazon"),
        ({"fulfilled_by": "AMAZON", "fba": "when_shipped"}, "hold"),
        ({"fulfilled_by": "AMAZON", "fba": "never"}, "never"),
        ({"fulfilled_by": None}, "hold"),
        ({"status": "PENDING"}, "hold"),
        ({"status": "PENDING_AVAILABILITY"}, "hold"),
        ({"status": "UNKNOWN"}, "hold"),
        ({"status": "CANCELLED"}, "closed"),
        ({"status": "UNFULFILLABLE"}, "closed"),
        ({"created_at": TAKEOVER - timedelta(seconds=1)}, "earlier"),
        ({"channel_name": "NON_AMAZON", "fulfilled_by": "AMAZON", "status": "SHIPPED"}, "never"),
        ({"channel_name": "SOMETHING_NEW"}, "never"),
    ],
    ids=[
        "released",
        "partly shipped",
        "shipped meanwhile",
        "FBA",
        "FBA shipped, wanted when shipped",
        "FBA not shipped, wanted when shipped",
        "FBA, not wanted",
        "nobody says who ships",
        "pending",
        "pending availability",
        "no status",
        "cancelled",
        "unfulfillable",
        "before the takeover",
        "echo of a Multi-Channel order",
        "a channel of a later version",
    ],
)
def test_an_order_goes_where_its_channel_and_its_state_say(told: dict[str, Any], route: str) -> None:
    found = routed(**{**ORDER, **told})
    assert found.route == route
    assert found.is_imported == (route in ("merchant", "amazon"))
    assert found.reason
