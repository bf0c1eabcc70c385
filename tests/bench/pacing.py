"""Quantities sent one by one at Amazon's published rate, beside the least time that its token bucket allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from integration_assets.stock.pushes import KIND
from integration_assets.stock.sending import Sender, Tally
from resources.amazon_parts.rates import RATES
from resources.connections import connect
from resources.ledger_parts.records import Intention
from tests.bench.brand import REGION
from tests.bench.measuring import in_child
from tests.bench.report import Figure
from tests.bench.rig import installed

NAME = "pacing"
TOLD = "PATCHes at the published rate, in seconds of Amazon's clock"
OPERATION = "patchListingsItem"
SPEED = 2.0
"""As fast as the machine can follow: faster, and its own work would be measured in place of the rate."""
ANSWER_SECONDS = 0.3
"""How long Amazon takes to answer a PATCH, about."""


def run(*, quick: bool) -> Iterator[Figure]:
    """Send from one process, to an Amazon that answers at once and to one that takes its time."""
    patches = 20 if quick else 200
    rate = RATES[OPERATION]
    for answers, told in ((0.0, "answers at once"), (ANSWER_SECONDS, f"answers after {ANSWER_SECONDS} s")):
        with (
            TemporaryDirectory(prefix="instep-bench-") as folder,
            installed(Path(folder), skus=2 * patches + 60, speed=SPEED) as rig,
        ):
            if answers:
                rig.post("faults", match=OPERATION, kind="slow", params={"seconds": answers / SPEED})
            sent = in_child("pacing:send", folder, patches, env=rig.env)
            calls = rig.calls_since(0, operation=OPERATION)
        throttled = sum(call["status"] == 429 for call in calls)
        if sent.answer != patches or throttled:
            raise RuntimeError(f"{sent.answer} of {patches} PATCHes were taken, {throttled} answered 429.")
        moments = [datetime.fromisoformat(call["at"]) for call in calls]
        yield Figure(
            what=f"{patches} PATCHes, Amazon {told}",
            measured=(moments[-1] - moments[0]).total_seconds(),
            floor=(patches - rate.burst) / rate.per_second,
            unit="s",
            floor_is=f"the bucket: {rate.burst} at once, then {rate.per_second:g} a second",
            most_ratio=1.02,
            peak_mb=sent.peak_mb,
            note=f"{throttled} of them answered 429",
        )


def send(home: str, patches: int) -> int:
    """Intend and send a quantity for so many SKUs; how many were accepted."""
    stores = connect(Path(home) / "operating_model.toml")
    skus = json.loads((Path(home) / "merchant_skus.json").read_text(encoding="utf-8"))[:patches]
    effects = stores.ledger.intend_many(
        KIND, REGION, [Intention(sku, {"quantity": 5, "from": None}, "benchmark", "benchmark") for sku in skus]
    )
    tally = Tally()
    sender = Sender(account=stores.amazon.account(REGION), ledger=stores.ledger, clock=stores.clock, tally=tally)
    sender.send(effects, before_each=lambda: None)
    return tally.sent
