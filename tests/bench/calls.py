"""Calls of a cycle, by the sandbox's log, beside the fewest that page sizes and limits allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integration_assets.contracts.reconcile import StockPosition
from tests.bench.measuring import in_child
from tests.bench.report import Figure
from tests.bench.rig import Rig, at_rest, connected, installed

NAME = "calls"
TOLD = "calls of a cycle at both services"
SPEED = 20.0
SHOPIFY_PAGE, AMAZON_ORDERS_PAGE, FBA_PAGE, SKUS_AT_ONCE = 250, 100, 50, 20
SHIPMENTS_PAGE, TRANSACTIONS_PAGE = 50, 100
WRITES = ("PATCH", "PUT", "DELETE")
POLLS = "getReport"
ROUND = ("searchListingsItems", "getListingsItem")
GOAL = 1.05


def run(*, quick: bool) -> Iterator[Figure]:
    """The first cycle, one in which nothing changed, one with changes, and a run for webhooks about the changes."""
    skus, changed = (60, 3) if quick else (1_000, 30)
    with TemporaryDirectory(prefix="instep-bench-") as folder, installed(Path(folder), skus=skus, speed=SPEED) as rig:
        rig.cycle()
        first = rig.calls_since(0)
        least = _least(rig)
        yield from _round_figures(rig, first)
        yield _figure("first cycle, the round apart", _without(first, ROUND), least)
        resting = at_rest(rig)
        since = rig.last_call()
        rig.cycle()
        calls = rig.calls_since(since)
        yield _figure("cycle without change", calls, least)
        yield Figure(
            what="writes of a cycle without change",
            measured=_writes(calls),
            floor=0,
            unit="calls",
            floor_is="nothing to write",
            most=0,
        )
        since = _change(rig, resting[:changed], 40)
        rig.cycle()
        calls = rig.calls_since(since)
        yield _figure(f"cycle with {changed} changed SKUs", calls, {**least, **_push(changed)})
        since = _change(rig, resting[changed : 2 * changed], 60)
        in_child("calls:push_items", [row.inventory_item_id for row in resting[changed : 2 * changed]], env=rig.env)
        calls = rig.calls_since(since)
        yield _figure(f"run for webhooks about {changed} items", calls, _webhook_run(changed))


def push_items(items: list[str]) -> None:
    """What the sensor starts."""
    import dagster as dg

    from integration_assets.definitions import definitions
    from integration_assets.jobs import PUSH_CHANGED_STOCK, run_config_for_items
    from resources.connections import connect

    job = definitions(connect()).resolve_job_def(PUSH_CHANGED_STOCK.name)
    with dg.DagsterInstance.ephemeral() as instance:
        job.execute_in_process(run_config=run_config_for_items(items, origin="benchmark"), instance=instance)


def _figure(what: str, calls: Sequence[Mapping[str, Any]], least: Mapping[str, int]) -> Figure:
    """Waiting for reports is left out: how often one asks depends on how long Amazon takes."""
    waits = max(0, sum(call["operation"] == POLLS for call in calls) - least.get("report states", 0))
    throttled = sum(call["outcome"] == "throttled" for call in calls)
    return Figure(
        what=what,
        measured=len(calls) - waits,
        floor=sum(least.values()),
        unit="calls",
        floor_is=", ".join(f"{count} {name}" for name, count in least.items()),
        most_ratio=GOAL,
        note=f"{waits} more looks whether a report is ready; {throttled} answered that it was too often",
    )


def _round_figures(rig: Rig, calls: Sequence[Mapping[str, Any]]) -> Iterator[Figure]:
    """The walk round all listings: a day's worth in the first cycle, so that it is told apart."""
    listed = int(connected(rig).warehouse.scalar("SELECT count(DISTINCT seller_sku) FROM amazon.listings"))
    counted = Counter(call["operation"] for call in calls if call["operation"] in ROUND)
    alone = counted[ROUND[1]]
    yield Figure(
        what=f"daily round of {listed:,} listings",
        measured=sum(counted.values()),
        floor=ceil((listed - alone) / SKUS_AT_ONCE) + alone,
        unit="calls",
        floor_is=f"{SKUS_AT_ONCE} SKUs a call, and {alone} alone whose SKU no list can carry",
        most_ratio=GOAL,
    )


def _least(rig: Rig) -> dict[str, int]:
    """The fewest calls that read both shops whole, by what they read."""
    ask = connected(rig).warehouse.query
    shop = "Shopify "
    levels = ask("SELECT count(*) FROM shopify.stock_levels GROUP BY location_id")
    pools = ask("SELECT count(*) FROM amazon.fba_inventory GROUP BY pool")
    marketplaces = ask("SELECT count(DISTINCT marketplace_id) FROM amazon.listings")[0][0]

    def pages(sql: str, page: int) -> int:
        return max(1, ceil(int(ask(sql)[0][0]) / page))

    return {
        f"{shop}token": 1,
        f"{shop}locations": pages("SELECT count(*) FROM shopify.locations", SHOPIFY_PAGE),
        f"{shop}variants": pages("SELECT count(*) FROM shopify.variants", SHOPIFY_PAGE),
        f"{shop}bundles": ceil(ask("SELECT count(*) FROM shopify.variants WHERE is_bundle")[0][0] / SHOPIFY_PAGE),
        f"{shop}levels": sum(ceil(count / SHOPIFY_PAGE) for (count,) in levels),
        f"{shop}orders": 1,
        f"{shop}shipments": pages("SELECT count(*) FROM shopify.orders", SHIPMENTS_PAGE),
        "Amazon token": 1,
        "report requests": marketplaces,
        "report states": marketplaces,
        "report links": marketplaces,
        "report downloads": marketplaces,
        "FBA pages": sum(ceil(count / FBA_PAGE) for (count,) in pools),
        "transactions": pages("SELECT count(*) FROM amazon.transactions", TRANSACTIONS_PAGE),
        "order searches": pages("SELECT count(*) FROM amazon.orders", AMAZON_ORDERS_PAGE),
    }


def _push(changed: int) -> dict[str, int]:
    """A look at each SKU right before it is sent, and its PATCH."""
    return {"looks before sending": ceil(changed / SKUS_AT_ONCE), "PATCHes": changed}


def _webhook_run(changed: int) -> dict[str, int]:
    """The items, the orders that changed meanwhile, and the read-back of what the cycle before has sent."""
    return {
        "Shopify token": 1,
        "items": ceil(changed / SHOPIFY_PAGE),
        "changed orders": 1,
        "Amazon token": 1,
        "read-backs": ceil(changed / SKUS_AT_ONCE),
        **_push(changed),
    }


def _change(rig: Rig, rows: Sequence[StockPosition], units: int) -> int:
    since = rig.last_call()
    for number, row in enumerate(rows):
        rig.post("shopify/stock", sku=row.seller_sku, location="Manchester", available=units + number)
    return since


def _without(calls: Sequence[Mapping[str, Any]], operations: Sequence[str]) -> list[Mapping[str, Any]]:
    return [call for call in calls if call["operation"] not in operations]


def _writes(calls: Sequence[Mapping[str, Any]]) -> int:
    return sum(call["method"] in WRITES or call["operation"] == "createFeed" for call in calls)
