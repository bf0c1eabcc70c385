"""`instep month-end`: write the pack that finance closes a month with, and say whether its sums tie to the bank."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import complain, counted, say, show_table, write_json
from integration_assets.rules.money import as_text, in_words

if TYPE_CHECKING:
    from integration_assets.publish.month_end import Pack
    from integration_assets.publish.month_end_files import Written


def month_end(model: Path | None, *, month: str | None, region: str | None, as_json: bool) -> int:
    """Write the pack of a month, by default the last one that is over. 1 when a sum does not tie, else 0.

    A closed month keeps the files it has; 1 too when they are not what the books say.
    """
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
    return OK if written.as_booked and all(tie.holds for tie in pack.ties) else FOUND


def _document(pack: Pack, written: Written) -> dict[str, Any]:
    summary = pack.sheet("summary")
    names = [column.name for column in summary.columns]
    return {
        "month": pack.month,
        "region": pack.region or None,
        "closed": pack.closed,
        "kept": written.kept,
        "as_booked": written.as_booked,
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
    files = f"{counted(len(written.files), 'file')} in {written.folder}"
    say(f"{pack.month} is closed: {files} stay as they are" if written.kept else files)
    if not written.as_booked:
        complain(
            f"The books of {pack.month} are not what its pack says. Remove {written.folder} and run this again to have "
            "the pack as it was booked."
        )
