"""Webhooks acknowledged after they are on disk, at a steady rate, beside the same server keeping nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.services import HOST, answers, any_free_port, service
from tests.bench.brand import connected
from tests.bench.measuring import percentile
from tests.bench.report import Figure
from tests.bench.rig import Rig, receiving, written
from tests.bench.webhooks import Answered, deliver

NAME = "receiver"
TOLD = "webhooks acknowledged after they are on disk"
PER_SECOND = 200


def run(*, quick: bool) -> Iterator[Figure]:
    """The same stream to the floor and to the receiver, a short one before each to warm it up."""
    seconds = 1 if quick else 10
    with TemporaryDirectory(prefix="instep-bench-") as folder:
        rig = written(Path(folder))
        floor = _at_the_floor(rig, seconds)
        with receiving(rig):
            deliver(rig.receiver, per_second=PER_SECOND, seconds=1)
            taken = deliver(rig.receiver, per_second=PER_SECOND, seconds=seconds)
        with connected(folder).ledger as ledger:
            kept = ledger.inbox_head()
    if taken.refused or kept != PER_SECOND * (seconds + 1):
        raise RuntimeError(f"{taken.refused} webhooks were refused and {kept} kept: a figure would mean nothing.")
    for percent, goal in ((50, None), (99, 20.0)):
        yield Figure(
            what=f"{PER_SECOND}/s for {seconds} s, p{percent}",
            measured=percentile(taken.seconds, percent) * 1000,
            floor=percentile(floor.seconds, percent) * 1000,
            unit="ms",
            floor_is="the same server with a handler that keeps nothing",
            most=goal,
        )


def _at_the_floor(rig: Rig, seconds: int) -> Answered:
    port = any_free_port()
    url = f"http://{HOST}:{port}"
    with service(
        ["-m", "tests.bench.empty_receiver", str(port)],
        env=rig.env,
        log=rig.home / "empty-receiver.log",
        ready=lambda: answers(f"{url}/healthz"),
    ):
        deliver(url, per_second=PER_SECOND, seconds=1)
        return deliver(url, per_second=PER_SECOND, seconds=seconds)
