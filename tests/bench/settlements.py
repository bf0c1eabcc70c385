"""A settlement from its .gz to stored, balanced and allocated lines, beside DuckDB adding up the same file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import duckdb

from integration_assets.contracts.money import ACCOUNT_FEES, ORDER_FEES
from integration_assets.contracts.settlements import SETTLEMENT_REPORTS, SettlementReport
from integration_assets.money.declared import sharing, without_decimals
from integration_assets.publish.analysts import publish
from integration_assets.rules.settlement_kinds import Kinds
from integration_assets.settlements.taking import reports_of, take_in
from tests.bench.brand import connected
from tests.bench.measuring import in_child
from tests.bench.report import Figure
from tests.bench.rig import written

NAME = "settlements"
TOLD = "from the archived .gz to stored, balanced and allocated"
RECONCILE = Path(__file__).parents[2] / "integration_assets" / "reconcile"
SETTLEMENT = "11774871501"
FLOOR_IS = "DuckDB's own read_csv of the same .gz and the sum of its amounts, in the same run"
OF_ORDER = (
    ("ItemPrice", "Principal", 500, 9000),
    ("ItemPrice", "Shipping", 0, 500),
    ("ItemFees", "Commission", -900, -50),
    ("ItemFees", "FBAPerUnitFulfillmentFee", -500, -200),
    ("ItemPrice", "Tax", 10, 900),
)


def run(*, quick: bool) -> Iterator[Figure]:
    """Each size in a home of its own; what stores and what allocates are processes of their own."""
    for lines in (20_000,) if quick else (1_000_000, 5_000_000):
        with TemporaryDirectory(prefix="instep-bench-") as folder:
            written(Path(folder))
            packed = in_child("settlements:archived", folder, lines).answer
            floor = median(in_child("settlements:added_up", packed).wall for _ in range(3))
            stored = in_child("settlements:stored", folder)
            allocated = in_child("settlements:allocated", folder)
            handed_out = in_child("settlements:handed_out", folder)
        if stored.answer != lines:
            raise RuntimeError(f"{lines} lines were written and {stored.answer} stored")
        yield Figure(
            what=f"{lines:,} lines: parsed, balanced, classified, stored, allocated",
            measured=stored.wall + allocated.wall,
            floor=floor,
            unit="s",
            floor_is=FLOOR_IS,
            most_ratio=5.0,
            most_mb=500,
            peak_mb=max(stored.peak_mb, allocated.peak_mb),
            note=f"stored in {stored.wall:.1f} s with {stored.peak_mb:.0f} MB, allocated to {allocated.answer:,} rows "
            f"in {allocated.wall:.1f} s with {allocated.peak_mb:.0f} MB",
        )
        yield Figure(
            what=f"the analysts' copy of these, {handed_out.answer:,} rows, as DuckDB and Parquet",
            measured=handed_out.wall,
            floor=floor,
            unit="s",
            floor_is=FLOOR_IS,
            most_mb=500,
            peak_mb=handed_out.peak_mb,
        )


def archived(home: str, lines: int) -> str:
    """Make a settlement of so many lines, put it into the archive as a report, and answer where its .gz lies."""
    stores = connected(home)
    plain = Path(home) / "settlement.txt"
    with plain.open("wb") as file:
        for piece in _text(lines):
            file.write(piece.encode())
    now = stores.clock.now()
    sha256 = stores.warehouse.archive(plain.read_bytes(), source="bench", name="settlement", received_at=now)
    row = SettlementReport(
        region="eu",
        report_id="1",
        settlement_id=SETTLEMENT,
        document_sha256=sha256,
        size=plain.stat().st_size,
        created_at=now,
        archived_at=now,
    )
    stores.warehouse.update(SETTLEMENT_REPORTS, [row])
    (packed,) = stores.warehouse.files.folder.glob(f"??/{sha256}.gz")
    return str(packed)


def added_up(packed: str) -> str:
    """What DuckDB does with the file by itself: read it, guess its types, add up the amounts."""
    found = duckdb.sql(f"SELECT sum(amount) FROM read_csv('{packed}', delim = '\t')").fetchall()  # noqa: S608 - a path of ours
    return str(found[0][0])


def stored(home: str) -> int:
    """What the asset does."""
    stores = connected(home)
    reports = reports_of(stores.warehouse, SETTLEMENT)
    (row,) = take_in(stores.warehouse, stores.clock, Kinds(stores.model.settlements.kinds()), reports)
    if not row.is_balanced:
        raise RuntimeError(f"the settlement does not balance: {row.reason}")
    return row.lines


def allocated(home: str) -> int:
    """What the assets do that put every line on its order or into a named account."""
    stores = connected(home)
    rows = 0
    for table, more in ((ORDER_FEES, without_decimals()), (ACCOUNT_FEES, {})):
        text = (RECONCILE / f"{table.name}.sql").read_text(encoding="utf-8")
        rows += stores.warehouse.rebuild(table, text, sharing(stores.model) | more)
    return rows


def handed_out(home: str) -> int:
    """What the asset does that hands the warehouse out to analysts."""
    return publish(connected(home).warehouse, Path(home) / "published").rows


def _text(lines: int) -> Iterator[str]:
    """The file, a piece an order: five lines of an item each, and a fee of the account at the end."""
    dice, total = random.Random(7), 0
    body: list[str] = []
    for place in range(0, lines - 1, len(OF_ORDER)):
        order = f"{dice.randrange(100, 400):03d}-{dice.randrange(10**7):07d}-{dice.randrange(10**7):07d}"
        item, sku = str(dice.randrange(10**10, 10**11)), f"SKU-{dice.randrange(5000):05d}"
        posted = f"2026-03-{dice.randrange(1, 29):02d}"
        at = f"{posted} {dice.randrange(24):02d}:{dice.randrange(60):02d}:{dice.randrange(60):02d} UTC"
        for kind, description, least, most in OF_ORDER[: lines - 1 - place]:
            amount = dice.randrange(least, most)
            total += amount
            units = "1" if description == "Principal" else ""
            body.append(
                f"{SETTLEMENT}\t\t\t\t\tGBP\tOrder\t{order}\t\t\tD{item[:8]}\tAmazon.co.uk\t{kind}\t{description}\t"
                f"{_money(amount)}\tAFN\t{posted}\t{at}\t{item}\t\t\t{sku}\t{units}\t\n"
            )
    total -= 2500
    names = (
        "settlement-id settlement-start-date settlement-end-date deposit-date total-amount currency transaction-type "
        "order-id merchant-order-id adjustment-id shipment-id marketplace-name amount-type amount-description amount "
        "fulfillment-id posted-date posted-date-time order-item-code merchant-order-item-id "
        "merchant-adjustment-item-id sku quantity-purchased promotion-id"
    )
    yield names.replace(" ", "\t") + "\n"
    days = "\t".join(f"2026-03-{day} 00:00:00 UTC" for day in ("01", "29", "31"))
    yield f"{SETTLEMENT}\t{days}\t{_money(total)}\tGBP" + "\t" * 18 + "\n"
    yield from body
    yield (
        f"{SETTLEMENT}\t\t\t\t\tGBP\tother-transaction\t\t\t\t\t\tother-transaction\tSubscription Fee\t-25.00\t\t"
        "2026-03-01\t2026-03-01 00:00:00 UTC\t\t\t\t\t\t\n"
    )


def _money(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"
