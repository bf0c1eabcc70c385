"""`instep settlement collect`: archive Amazon's settlements and take them in, without Dagster's services; for cron."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK, TROUBLE
from cli.output import complain, counted, say, write_json
from integration_assets.contracts.errors import InstepError

if TYPE_CHECKING:
    from resources.connections import Connections


def collect(model: Path | None, *, as_json: bool) -> int:
    """Do it once; 3 when an account or a document could not be read, 1 when finance must see to something."""
    from resources.connections import connect

    with connect(model) as connections:
        _ = connections.secrets  # every variable that is missing, before anything starts
        summary = collected(connections)
    if as_json:
        write_json(summary)
    else:
        _show(summary)
    return TROUBLE if summary["failed"] else FOUND if any(summary["exceptions"].values()) else OK


def collected(connections: Connections) -> dict[str, Any]:
    """Archive what is new in every region account, take in what waits, and sum up what came of it.

    Files that left a doubt are read again, so that a reader that has learned takes them; so are those with a kind of
    line that has been named since.
    An account that cannot be read holds up no other, and nothing that is archived already.
    """
    from integration_assets.rules.settlement_kinds import Kinds
    from integration_assets.settlements.collecting import collect as look
    from integration_assets.settlements.collecting import failed_told
    from integration_assets.settlements.findings import report_settlements
    from integration_assets.settlements.taking import (
        named_since,
        partition_of,
        quarantined,
        reports_of,
        take_in,
        waiting,
    )

    warehouse, clock = connections.warehouse, connections.clock
    archived, failed = 0, []
    for region in sorted(connections.model.amazon):
        try:
            found = look(connections.amazon.account(region), warehouse, clock)
        except InstepError as error:
            failed.append(f"{region}: {error}")
            continue
        archived += len(found.new)
        if found.failed:
            failed.append(str(failed_told(region, found.failed)))
    kinds = Kinds(connections.model.settlements.kinds())
    doubtful = [row for report in quarantined(warehouse) for row in take_in(warehouse, clock, kinds, [report])]
    taken = [row for row in doubtful if row.status != "quarantined"]
    taken += [
        row
        for partition in dict.fromkeys([*map(partition_of, waiting(warehouse)), *named_since(warehouse, kinds)])
        for row in take_in(warehouse, clock, kinds, reports_of(warehouse, partition))
    ]
    return {
        "archived": archived,
        "taken": [
            {
                "region": row.region,
                "report_id": row.report_id,
                "settlement_id": row.settlement_id,
                "status": row.status,
                "total": row.total_amount,
                "currency": row.currency,
                "lines": row.lines,
                "reason": row.reason,
            }
            for row in taken
        ],
        "failed": failed,
        "exceptions": report_settlements(connections.ledger, warehouse),
    }


def _show(summary: dict[str, Any]) -> None:
    for told in summary["failed"]:
        complain(told)
    for row in summary["taken"]:
        total = "" if row["total"] is None else f"  {row['total']} {row['currency']} in {counted(row['lines'], 'line')}"
        why = f"  {row['reason']}" if row["reason"] else ""
        say(f"  {row['region']}  {row['settlement_id'] or row['report_id']}  {row['status']}{total}{why}")
    say(f"{counted(summary['archived'], 'report')} archived, {counted(len(summary['taken']), 'file')} taken in.")
    told = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in summary["exceptions"].items() if count)
    say(f"Open exceptions: {told or 'none'}.")
