"""Calls of the mirror, of Multi-Channel orders and of prices, beside the fewest that page sizes and limits allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from resources.amazon_parts.rates import RATES
from tests.bench.report import Figure
from tests.system import test_fba_mirror as mirror
from tests.system import test_mcf as mcf
from tests.system import test_price_push as prices
from tests.system.stage import REGION, Stage

NAME = "action_calls"
TOLD = "calls of the mirror, of Multi-Channel orders and of prices"
SHOPIFY_PAGE, FBA_PAGE, ASSIGNED_PAGE, STATUS_PAGE, SKUS_AT_ONCE = 250, 50, 10, 50, 20
TOKENS = ("getAccessToken", "accessToken")
GOAL = 1.05
MINUTES_A_TURN = 5


def run(*, quick: bool) -> Iterator[Figure]:
    """Each action on a brand in step: a turn in which nothing changed, and one with changes."""
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        yield from _mirror(Path(folder) / "mirror", 3 if quick else 20)
        yield from _prices(Path(folder) / "prices", 3 if quick else 20)
        yield from _orders(Path(folder) / "mcf", 3 if quick else 60)


def _mirror(home: Path, changed: int) -> Iterator[Figure]:
    with mirror.mirrored(home) as stage:
        mirror.turn(stage)
        pools = Counter(stock.pool for stock in stage.account.fba.values())
        reading = {
            "getInventorySummaries": sum(ceil(count / FBA_PAGE) for count in pools.values()),
            "locations": 1,
            "levels": ceil(len(mirror.mirror(stage)) / SHOPIFY_PAGE),
        }
        yield _figure("mirror, nothing changed", _counted(stage, lambda: mirror.turn(stage)), reading)
        for stock in list(stage.account.fba.values())[:changed]:
            stock.fulfillable += 1
        calls = _counted(stage, lambda: mirror.turn(stage))
        yield _figure(f"mirror, {changed} items changed", calls, {**reading, "sets": ceil(changed / SHOPIFY_PAGE)})


def _prices(home: Path, changed: int) -> Iterator[Figure]:
    with prices.priced(home, min_prices=1_000) as stage:
        in_step = [row.seller_sku for row in prices.turn(stage).rows if row.verdict == "in_step"]
        skus = [sku for sku in dict.fromkeys(in_step) if "," not in sku and in_step.count(sku) == 2][-changed:]
        yield _figure("prices, nothing changed", _counted(stage, lambda: prices.turn(stage)), {"shop": 1})
        with stage.world.lock:
            for variant in {stage.brand.variant_of[REGION, sku] for sku in skus}:
                stage.world.shop.variants[variant].price += Decimal("0.10")
        stage.read_shop()
        stage.decide()
        sent: list[int] = []
        calls = _counted(stage, lambda: sent.append(prices.turn(stage).effects.sent))
        stage.advance(minutes=5)
        calls += _counted(stage, lambda: prices.turn(stage))
        looks = 2 * ceil(sent[0] / SKUS_AT_ONCE)
        least = {"shop": 2, "patchListingsItem": sent[0], "looks before": looks, "looks after": looks}
        yield _figure(f"prices, {sent[0]} SKUs in two marketplaces, read back", calls, least)


def _orders(home: Path, orders: int) -> Iterator[Figure]:
    with mcf.shipping(home) as stage:
        for stock in stage.account.fba.values():
            stock.fulfillable = 10_000
        mcf.turn(stage)
        # Both steps of a turn read what is asked, accepted and being cancelled: three lists each, a page at least.
        lists = 6
        yield _figure("Multi-Channel, nothing asked", _counted(stage, lambda: mcf.turn(stage)), {"lists": lists})
        for _ in range(orders):
            mcf.ask(stage, (mcf.JUG, 1))
        calls: Counter[str] = Counter()
        turns, asked = 0, stage.world.shop.extra["fulfillment_services"].orders.values()
        while any(order.request_status != "ACCEPTED" for order in asked):
            calls += _counted(stage, lambda: mcf.turn(stage))
            stage.advance(minutes=MINUTES_A_TURN)
            turns += 1
        more_pages = ceil(orders / ASSIGNED_PAGE) - 1
        # The page of what is asked is read by both steps until all is accepted, then that of what is accepted.
        least = {
            "lists": lists * turns,
            "further pages": 2 * more_pages * turns,
            "getFulfillmentPreview": orders,
            "createFulfillmentOrder": orders,
            "looks whether it is there": orders,
            "answers": orders,
            "status list": ceil(orders / STATUS_PAGE),
        }
        yield _figure(f"Multi-Channel, {orders} orders from request to yes", calls, least)
        stage.advance(minutes=20)
        mcf.turn(stage)
        waiting = {"lists": lists, "further pages": 2 * more_pages, "status lists": 2 * ceil(orders / STATUS_PAGE)}
        calls = _counted(stage, lambda: mcf.turn(stage))
        yield _figure(f"Multi-Channel, {orders} orders being shipped", calls, waiting)
        stage.advance(hours=4)
        told = {**waiting, "looks at parcels": orders, "fulfillmentCreate": orders}
        yield _figure(f"Multi-Channel, {orders} parcels", _counted(stage, lambda: mcf.turn(stage)), told)


def _counted(stage: Stage, work: Callable[[], object]) -> Counter[str]:
    before = len(stage.world.requests)
    work()
    return Counter(call.operation for call in stage.world.requests[before:] if call.operation not in TOKENS)


def _figure(what: str, calls: Counter[str], least: Mapping[str, int]) -> Figure:
    rates = {operation: RATES[operation] for operation in calls if operation in RATES}
    slowest = max((max(0.0, (calls[name] - rate.burst) / rate.per_second) for name, rate in rates.items()), default=0.0)
    return Figure(
        what=what,
        measured=calls.total(),
        floor=sum(least.values()),
        unit="calls",
        floor_is=", ".join(f"{count} {name}" for name, count in least.items()),
        most_ratio=GOAL,
        note=f"at the published rates at least {slowest:.1f} s; "
        + ", ".join(f"{count} {name}" for name, count in sorted(calls.items())),
    )
