"""`python -m tests.bench.shop`: the sandbox as a process of its own, with what `python -m sandbox` does not offer.

Rates can be left unenforced, so that only our own side of a large reading is measured, and trouble is planted only on
demand, so that every SKU behaves.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from sandbox.amazon.quantities import MFN
from sandbox.clock import SandboxClock
from sandbox.server import running


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--skus", type=int, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--no-rates", action="store_true")
    parser.add_argument("--trouble", action="store_true")
    parser.add_argument("--merchant-skus", type=Path, required=True, help="where to write what the merchant ships")
    typed = parser.parse_args()
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    with running(
        skus=typed.skus,
        port=typed.port,
        clock=SandboxClock(speed=typed.speed),
        trouble=typed.trouble,
        enforce_rates=not typed.no_rates,
    ) as sandbox:
        listings = sandbox.brand.account(sandbox.brand.first_region).listings.values()
        skus = sorted(listing.sku for listing in listings if listing.channels == [MFN])
        typed.merchant_skus.write_text(json.dumps(skus), encoding="utf-8")
        ended.wait()


if __name__ == "__main__":
    main()
