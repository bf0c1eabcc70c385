"""The books: a balanced double entry for every settlement, by month. Lines are added, never changed."""

import dagster as dg

from integration_assets.contracts.money import JOURNAL
from integration_assets.contracts.settlements import SETTLEMENT_LINES, SETTLEMENTS
from integration_assets.money.books import additions
from integration_assets.shown import as_table, spec_of, told
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Warehouse


@dg.multi_asset(
    name="reconcile_journal",
    specs=[spec_of(JOURNAL, kinds={"python"}, deps=[SETTLEMENTS, SETTLEMENT_LINES])],
)
def journal(
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> dg.MaterializeResult[None]:
    """Book what is new; what a revised settlement says otherwise is reversed and posted again."""
    added = additions(warehouse, model, clock.now())
    warehouse.update(JOURNAL, added)
    return told(
        JOURNAL,
        rows=int(warehouse.scalar("SELECT count(*) FROM reconcile.journal")),
        posted=len({line.entry_id for line in added if line.kind == "posting"}),
        reversed=len({line.entry_id for line in added if line.kind == "reversal"}),
        added=as_table(added, ["entry_id", "booked_on", "account", "debit", "credit", "currency"]),
    )
