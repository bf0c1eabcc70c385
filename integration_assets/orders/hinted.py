"""Reading the orders that a notification named: each by itself, and only those that may tell something new.

A notification is a hint. It is not believed: the order is read, as it is now, by getOrder, which is not held back for
two minutes as a search is. The cursor of the search stays where it is, so that the schedule reads all of it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from integration_assets.orders.readings import observations
from integration_assets.orders.unreadable import ON_AMAZON, Looked, SetAside, orders_on_amazon
from resources.amazon import AmazonAccount
from resources.amazon_parts.shipments import OrderReading
from resources.clock import Clock
from resources.ledger import Ledger
from resources.warehouse import Warehouse

KNOWN = "SELECT amazon_order_id, last_updated_at FROM amazon.orders WHERE list_contains(?, amazon_order_id)"


def read_hinted(
    account: AmazonAccount,
    hints: Mapping[str, datetime | None],
    *,
    warehouse: Warehouse,
    ledger: Ledger,
    clock: Clock,
) -> Looked[OrderReading]:
    """Read and store the named orders, but for those that were seen since they changed.

    Raises as `AmazonAccount.order_reading`; one that makes no sense is set aside by name.
    """
    seen = dict(warehouse.query(KNOWN, [sorted(hints)])) if hints else {}
    wanted = [
        order_id
        for order_id, changed_at in hints.items()
        if changed_at is None or order_id not in seen or seen[order_id] < changed_at
    ]
    seen_at = clock.now()
    looked = orders_on_amazon(account)(wanted)
    SetAside(ledger, ON_AMAZON, f"{account.region}/").keep(looked.unreadable)
    if looked.read:
        warehouse.observe_all(observations(looked.read), seen_at=seen_at)
    return looked
