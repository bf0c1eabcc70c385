"""`instep listen`: the ear for Amazon's notifications of changed orders, as a process of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from cli.main import FOUND, OK
from cli.output import complain, say, write_json
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from resources.connections import Connections
    from sensors.listener import Ear


def listen(model: Path | None, *, once: bool, as_json: bool) -> int:
    """Take from the queues until stopped, or, with `once`, what waits in them now.

    ConfigurationError when no queue is declared, boto3 is not there or AWS knows no such queue. With `once` 1 when a
    message had to be set aside.
    """
    from resources.connections import Connections
    from resources.operating_model import load
    from sensors.listener import drain
    from sensors.listener import listen as go_on

    declared = load(model)
    regions = [region for region, account in sorted(declared.amazon.items()) if account.notifications is not None]
    if not regions:
        raise ConfigurationError(
            "No queue is declared on which Amazon could tell of changed orders.",
            todo="Add [amazon.<region>.notifications] to the operating model; docs/operating_model.md explains it.",
        )
    needs = [f"amazon.{region}.notifications" for region in regions]
    with Connections(declared, needs=needs) as connections:
        ears = [_ear(connections, region) for region in regions]
        connections.ledger.inbox_head()
        if not once:
            for region in regions:
                complain(f"listening for changed orders of Amazon {region}")
            go_on(ears, tell=complain, pause=time.sleep)
        taken = drain(ears)
    if as_json:
        write_json(
            {
                region: {"stored": one.stored, "known": one.known, "set_aside": one.set_aside}
                for region, one in taken.items()
            }
        )
    else:
        for region, one in taken.items():
            say(f"Amazon {region}: {one.stored} stored, {one.known} known before, {one.set_aside} set aside")
    return FOUND if any(one.set_aside for one in taken.values()) else OK


def _ear(connections: Connections, region: str) -> Ear:
    from sensors.listener import Ear

    return Ear(
        region=region,
        seller_id=connections.model.amazon[region].seller_id,
        source=connections.queues[region],
        ledger=connections.ledger,
        clock=connections.clock,
    )
