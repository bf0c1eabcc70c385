"""`instep month-end`: write the pack that finance closes a month with, and say whether its sums tie to the bank."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import counted, say, show_table, write_json
from integration_assets.rules.money import as_text, in_words

if TYPE_CHECKING:
    from integration_assets.publish.month_end import Pack
    from integration_assets.publish.month_end_files import Written


def month_end(model: Path | None, *, month: str | None, region: str | None, as_json: bool) -> int:
    """Write the pack of a month, by default the last one that is over. 1 when a sum does not tie, else 0."""
    from integration_assets.publish.month_end import month_before, pack_of
    from integration_assets.publish.month_end_files import write
    from resources.connections import connect

    with connect(model) as connections:
        wanted = month or month_before(connections.clock.now().date())
        pack = pack_of(connections.warehouse, connections.model, wanted, region or "")
        written = write(pack, connections.model.published_dir / "month_end")
    if as_json:
        write_json(_document(pack, written))
    else:
        _show(pack, written)
    return OK if all(tie.holds for tie in pack.ties) else FOUND


def _document(pack: Pack, written: Written) -> dict[str, Any]:
    summary = pack.sheet("summary")
    names = [column.name for column in summary.columns]
    return {
        "month": pack.month,
        "region": pack.region or None,
        "folder": str(written.folder),
        "files": [file.name for file in written.files],
        "currencies": [
            {
                name: as_text(value, row[0]) if isinstance(value, Decimal) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in summary.rows
        ],
        "ties": [
            {
                "claim": tie.claim,
                "currency": tie.currency,
                "left": as_text(tie.left, tie.currency),
                "right": as_text(tie.right, tie.currency),
                "holds": tie.holds,
            }
            for tie in pack.ties
        ],
    }


def _show(pack: Pack, written: Written) -> None:
    if not pack.ties:
        say(f"Nothing was booked or paid in {pack.month}.")
    else:
        rows = [
            (
                tie.claim,
                in_words(tie.left, tie.currency),
                in_words(tie.right, tie.currency),
                "yes" if tie.holds else "NO",
            )
            for tie in pack.ties
        ]
        show_table(f"Month end {pack.name}", ("claim", "one side", "other side", "holds"), rows)
    say(f"{counted(len(written.files), 'file')} in {written.folder}")
