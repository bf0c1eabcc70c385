"""`python -m sandbox`: start the sandbox and say how to talk to it."""

from __future__ import annotations

import argparse
import sys

from sandbox.brand import LEAST_SKUS, Plan
from sandbox.clock import SandboxClock
from sandbox.server import ORDERS_PER_HOUR, PortTaken, Ticker, build, listen, make_server
from sandbox.shopify.webhooks import WebhookSender

DEFAULT_PORT = 4400
FAST = 60.0


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A local Amazon and Shopify over HTTP, and a brand that trades on them.",
    )
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same brand (default 7)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help=f"default {DEFAULT_PORT}; 0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    parser.add_argument("--skus", type=int, default=300, help=f"how many variants, at least {LEAST_SKUS} (default 300)")
    parser.add_argument("--clock", choices=("real", "fast"), default="real", help="fast runs --speed times as fast")
    parser.add_argument("--speed", type=float, default=FAST, help=f"speed of --clock fast (default {FAST:g})")
    parser.add_argument("--regions", default="eu", help="region accounts, out of eu,na,fe (default eu)")
    parser.add_argument(
        "--orders-per-hour",
        type=float,
        default=ORDERS_PER_HOUR,
        help=f"orders per hour of sandbox time, 0 for none (default {ORDERS_PER_HOUR:g})",
    )
    parser.add_argument(
        "--product-imports",
        action="store_true",
        help="nobody types Amazon orders into Shopify by hand: a product brings them there",
    )
    parser.add_argument("--order-trouble", action="store_true", help="plant order trouble beside the stock trouble")
    parser.add_argument("--settlement-trouble", action="store_true", help="break some settlements of the past, too")
    parser.add_argument("--verbose", action="store_true", help="print every request")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted; 2 where it cannot start."""
    typed = arguments(argv)
    try:
        world, brand, trade = build(
            seed=typed.seed,
            plan=Plan(
                skus=typed.skus,
                regions=tuple(typed.regions.split(",")),
                keyed_by_hand=not typed.product_imports,
                order_trouble=typed.order_trouble,
                settlement_trouble=typed.settlement_trouble,
            ),
            clock=SandboxClock(speed=typed.speed if typed.clock == "fast" else 1.0),
            orders_per_hour=typed.orders_per_hour,
        )
        listener = listen(typed.host, typed.port)
    except (PortTaken, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    url = f"http://{typed.host}:{listener.getsockname()[1]}"
    sys.stdout.write(
        f"Sandbox at {url} (seed {typed.seed}, {len(world.shop.variants)} variants, "
        f"{', '.join(brand.plan.regions)}). Answer key: {url}/sandbox/answers. Stop with Ctrl-C.\n"
    )
    sys.stdout.flush()
    server = make_server(world, brand, trade, quiet=not typed.verbose)
    ticker, sender = Ticker(world), WebhookSender(world)
    ticker.start()
    sender.start()
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        sender.stop()
        ticker.stop()
        listener.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
