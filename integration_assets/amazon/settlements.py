"""Amazon's settlements and their lines, read from the archive one settlement at a time."""

from collections.abc import Iterator

import dagster as dg

from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENT_REPORTS, SETTLEMENTS
from integration_assets.partitions import SETTLEMENTS as BY_SETTLEMENT
from integration_assets.rules.settlement_kinds import Kinds
from integration_assets.settlements.findings import report_settlements
from integration_assets.settlements.taking import reports_of, take_in
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.ledger import Ledger
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse

SHOWN = ["report_id", "version", "status", "total_amount", "sum_amount", "difference", "currency", "lines", "reason"]


@dg.multi_asset(
    name="amazon_settlements",
    specs=[
        spec_of(SETTLEMENTS, kinds={"amazon"}, deps=[SETTLEMENT_REPORTS]),
        spec_of(SETTLEMENT_LINES, kinds={"amazon"}, deps=[SETTLEMENT_REPORTS]),
    ],
    partitions_def=BY_SETTLEMENT,
)
def settlements(
    context: dg.AssetExecutionContext,
    warehouse: dg.ResourceParam[Warehouse],
    ledger: dg.ResourceParam[Ledger],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Read every file of one settlement: whole, to the last digit, or quarantined with the reason.

    No network: the bytes are in the archive. Making a partition again reads its files again, with the kinds of lines
    that the operating model knows by then; nothing is counted twice.
    """
    reports = reports_of(warehouse, context.partition_key)
    taken = take_in(warehouse, clock, Kinds(model.settlements.kinds()), reports)
    found = report_settlements(ledger, warehouse)
    yield told(
        SETTLEMENTS,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.settlements")),
        files=as_table(taken, SHOWN),
        **{f"open/{kind}": count for kind, count in found.items()},
    )
    yield told(
        SETTLEMENT_LINES,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.settlement_lines")),
        of_settlement=sum(row.lines for row in taken if row.is_current),
        unmapped=sum(row.unmapped_lines for row in taken if row.is_current),
    )
