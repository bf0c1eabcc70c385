"""Finding settlement reports and putting their bytes away at once: nobody can ask for them, and Amazon forgets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from integration_assets.contracts.errors import BadDocument, InstepError
from integration_assets.contracts.settlements import SETTLEMENT_REPORTS, SettlementReport
from resources.amazon import AmazonAccount
from resources.amazon_parts.parse import Report
from resources.clock import Clock
from resources.settlement_files import settlement_id_of
from resources.warehouse import Warehouse

REPORT_TYPE: Final = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
KEPT_FOR: Final = timedelta(days=90)
"""How long Amazon keeps a report."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What a look at a region account's reports came to.

    `listed` is how many Amazon still has; `failed` says why a document could not be fetched, which is tried again.
    """

    listed: int
    new: tuple[SettlementReport, ...]
    failed: tuple[str, ...]


def collect(account: AmazonAccount, warehouse: Warehouse, clock: Clock) -> Collected:
    """Archive every settlement report of the account that is not archived yet, the oldest first.

    A document that is damaged holds up no other. Raises what reading raises when Amazon itself cannot be read.
    """
    listed = account.reports([REPORT_TYPE], clock.now() - KEPT_FOR)
    known = _known(warehouse, account.region)
    wanted = [one for one in listed if one.status == "DONE" and one.document_id and one.report_id not in known]
    new: list[SettlementReport] = []
    failed: list[str] = []
    for report in sorted(wanted, key=lambda one: (one.created_at, one.report_id)):
        try:
            new.append(_archived(account, report, warehouse, clock))
        except BadDocument as error:
            failed.append(f"report {report.report_id} of {report.created_at:%Y-%m-%d}: {error}")
    return Collected(len(listed), tuple(new), tuple(failed))


def _known(warehouse: Warehouse, region: str) -> set[str]:
    if warehouse.written_at(SETTLEMENT_REPORTS) is None:
        return set()
    return {row.report_id for row in warehouse.rows(SETTLEMENT_REPORTS, "region = ?", [region])}


def _archived(account: AmazonAccount, report: Report, warehouse: Warehouse, clock: Clock) -> SettlementReport:
    data = account.report_bytes(report)
    now = clock.now()
    sha256 = warehouse.archive(
        data, source=f"amazon/{REPORT_TYPE}", name=f"{account.region}-{report.report_id}.txt", received_at=now
    )
    row = SettlementReport(
        region=account.region,
        report_id=report.report_id,
        settlement_id=settlement_id_of(data),
        document_sha256=sha256,
        size=len(data),
        created_at=report.created_at,
        archived_at=now,
    )
    warehouse.update(SETTLEMENT_REPORTS, [row])
    return row


def failed_told(region: str, failed: tuple[str, ...]) -> InstepError:
    """The error of a look in which documents could not be fetched."""
    return InstepError(
        f"Amazon {region}: {len(failed)} settlement reports could not be archived: {'; '.join(failed)}",
        todo="They are fetched again the next time; Amazon keeps a report for 90 days. The others are archived.",
    )
