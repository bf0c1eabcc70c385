"""`instep settlement check`: does a settlement file balance, and what is in it. Offline, without any account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.output import complain, counted, say, show_table, write_json
from integration_assets.contracts.errors import BadDocument, InstepError
from integration_assets.rules.money import minor_digits

if TYPE_CHECKING:
    from integration_assets.rules.settlement_kinds import Kinds
    from integration_assets.settlements.classified import Classified

BALANCED, UNBALANCED, UNREADABLE = 0, 1, 2
ORDERS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its document for machines, and the exit code it alone would have."""

    document: dict[str, Any]
    code: int


def check(files: Sequence[Path], *, model: Path | None, as_json: bool) -> int:
    """Check each file and print what it says; 0 when all balance, 1 when one does not, 2 when one cannot be read."""
    kinds = _kinds(model)
    outcomes = [_checked(file, kinds) for file in files]
    if as_json:
        documents = [outcome.document for outcome in outcomes]
        write_json(documents[0] if len(documents) == 1 else documents)
    else:
        for file, outcome in zip(files, outcomes, strict=True):
            _show(file, outcome)
    return max(outcome.code for outcome in outcomes)


def _kinds(model: Path | None) -> Kinds:
    """The kinds of lines that are known, those of the operating model too where one is named."""
    from integration_assets.rules.settlement_kinds import Kinds
    from resources.operating_model import load

    return Kinds(load(model).settlements.kinds() if model else ())


def _checked(file: Path, kinds: Kinds) -> Outcome:
    from integration_assets.settlements.classified import classified
    from resources.settlement_files import pieces_of, settlement_file

    try:
        with settlement_file(partial(pieces_of, file)) as found:
            document = _document(classified(found, kinds))
            return Outcome(document, BALANCED if found.balanced else UNBALANCED)
    except (BadDocument, InstepError) as error:
        complain(f"{file}: {error}")
        return Outcome(_unread(str(error)), UNREADABLE)


def _document(found: Classified) -> dict[str, Any]:
    """The file for a machine; the keys are those of docs/cli.md."""
    file = found.file

    def money(amount: Decimal) -> str:
        return f"{amount:.{minor_digits(file.currency)}f}"

    return {
        "settlement_id": file.settlement_id,
        "currency": file.currency,
        "total": money(file.total),
        "sum": money(file.sum),
        "difference": money(file.difference),
        "balanced": file.balanced,
        "lines": file.lines,
        "orders": {order: money(amount) for order, amount in found.orders().items()},
        "buckets": {bucket: money(amount) for bucket, amount in found.buckets.items()},
        "unmapped": [
            {
                "transaction_type": each.triple[0],
                "amount_type": each.triple[1],
                "amount_description": each.triple[2],
                "lines": each.lines,
                "amount": money(each.amount),
            }
            for each in found.unmapped
        ],
        "encoding": file.encoding,
        "decimal": file.decimal,
        "date_format": file.date_format,
    }


def _unread(why: str) -> dict[str, Any]:
    """The document of a file that cannot be read: the same keys, nothing in them, and why."""
    nothing = dict.fromkeys(("settlement_id", "currency", "total", "sum", "difference"))
    return {
        **nothing,
        "balanced": False,
        "lines": 0,
        "orders": {},
        "buckets": {},
        "unmapped": [],
        "encoding": None,
        "decimal": None,
        "date_format": None,
        "error": why,
    }


def _show(file: Path, outcome: Outcome) -> None:
    found = outcome.document
    if outcome.code == UNREADABLE:
        say(f"{file}: cannot be read")
        return
    currency = found["currency"]
    verdict = "balanced" if found["balanced"] else f"NOT balanced: the lines miss the total by {found['difference']}"
    written = f"{found['encoding']}, decimal sign {found['decimal'] or 'none'}, dates {found['date_format']}"
    say(f"{file}: settlement {found['settlement_id']}, {counted(found['lines'], 'line')}, {verdict} {currency}")
    say(f"  total {found['total']} {currency}, lines {found['sum']} {currency}; {written}")
    show_table("buckets", ("bucket", currency), list(found["buckets"].items()), whole=("bucket",))
    if found["unmapped"]:
        names = ("transaction_type", "amount_type", "amount_description", "lines", "amount")
        rows = [[str(each[name]) for name in names] for each in found["unmapped"]]
        show_table("unmapped: name them in [[settlements.kind]] of the operating model", names, rows)
    orders = list(found["orders"].items())
    title = f"{counted(len(orders), 'order')}{f', the first {ORDERS_SHOWN}' if len(orders) > ORDERS_SHOWN else ''}"
    show_table(title, ("order", currency), orders[:ORDERS_SHOWN], whole=("order",))
