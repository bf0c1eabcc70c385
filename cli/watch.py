"""`instep watch`: looks after the service from outside of Dagster's daemon, and tells the teams what is news."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import complain, counted, say, write_json
from integration_assets.contracts.errors import InstepError

if TYPE_CHECKING:
    from resources.connections import Connections

ANSWER_WITHIN_SECONDS = 10.0


def watch(model: Path | None, *, every: int | None, as_json: bool) -> int:
    """Look once, or again and again. 0 when the service is well, 1 when it is not.

    With `every` it goes on after a look that failed, and prints one JSON document a line.
    """
    from resources.connections import connect

    with connect(model) as connections:
        while True:
            started = time.monotonic()
            try:
                seen = look(connections)
                show(seen, as_json=as_json, indent=1 if every is None else None)
            except InstepError as error:
                if every is None:
                    raise
                complain(f"{error} The next look comes at its time.")
            else:
                if every is None:
                    return FOUND if seen["wrong"] else OK
            time.sleep(max(0.0, every - (time.monotonic() - started)))


def look(connections: Connections) -> dict[str, Any]:
    """Look at all there is, tell the teams, and call the heartbeat's address when all is well."""
    from cli.daemon import daemon_of
    from integration_assets.service.alerts import Desk, summed_up
    from integration_assets.service.watch import OWN_KINDS, look

    daemon = daemon_of(os.environ)
    unseen = look(
        model=connections.model,
        ledger=connections.ledger,
        warehouse=connections.warehouse,
        daemon=daemon,
        clock=connections.clock,
    )
    told = Desk(connections.model, connections.ledger, connections.alerts, connections.clock).deliver()
    records = connections.ledger.open_exceptions()
    wrong = [record for record in records if record.kind in OWN_KINDS]
    beat = "not declared"
    if connections.model.alerts.heartbeat is not None:
        beat = "held back" if wrong else _beat(connections.secrets[connections.model.alerts.heartbeat])
    return {
        "daemon": "not looked at: DAGSTER_HOME is not set" if daemon is None else "looked at",
        "wrong": [{"number": each.exception_id, "kind": each.kind, "told": each.told} for each in wrong],
        "unseen": unseen,
        "open": len(records),
        "alerts": list(summed_up(told)),
        "heartbeat": beat,
    }


def show(seen: dict[str, Any], *, as_json: bool, indent: int | None) -> None:
    """Print what was seen for a machine or for a person."""
    if as_json:
        write_json(seen, indent=indent)
        return
    say(f"daemon     {seen['daemon']}")
    for each in seen["wrong"]:
        say(f"wrong      {each['kind']} (number {each['number']}): {each['told']}")
    for each in seen["unseen"]:
        say(f"not seen   {each}")
    if not seen["wrong"]:
        say("service    well")
    say(f"open       {counted(seen['open'], 'exception')}")
    for line in seen["alerts"] or ["nobody is told: no channel is declared"]:
        say(f"alerts     {line}")
    say(f"heartbeat  {seen['heartbeat']}")
    sys.stdout.flush()


def _beat(address: str) -> str:
    """Call the address; what came of it, never the address, which is a secret."""
    import httpx

    from resources.trust import trusted

    try:
        answer = httpx.get(address, timeout=ANSWER_WITHIN_SECONDS, verify=trusted())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"not taken: {type(error).__name__}"
    return "sent" if answer.is_success else f"not taken: HTTP {answer.status_code}"
