"""Amazon's orders as they are kept: what a reading puts into the warehouse, whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from integration_assets.contracts.amazon import ORDER_ITEMS, ORDERS
from integration_assets.contracts.fulfilment import ITEM_CANCELLATIONS, ORDER_PACKAGES, PACKAGE_ITEMS
from resources.amazon_parts.shipments import OrderReading
from resources.warehouse import Observation


def observations(read: Sequence[OrderReading]) -> list[Observation]:
    """What is told by orders read together, table by table; each order stands once in `read`."""
    return [
        Observation(table=ORDERS, rows=[each.order for each in read], complete=False),
        Observation(table=ORDER_ITEMS, rows=[item for each in read for item in each.items], complete=False),
        Observation(table=ORDER_PACKAGES, rows=[package for each in read for package in each.packages], complete=False),
        Observation(table=PACKAGE_ITEMS, rows=[item for each in read for item in each.package_items], complete=False),
        Observation(
            table=ITEM_CANCELLATIONS, rows=[item for each in read for item in each.cancellations], complete=False
        ),
    ]
