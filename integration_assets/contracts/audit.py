"""What is wrong between the two sides, as a new brand would want to know it before anything is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from integration_assets.contracts.amazon import REGIONS
from integration_assets.contracts.table import Row, column, table

SEVERITIES = ("urgent", "high", "normal")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding(Row):
    """One thing that is wrong about one record. `reconcile.listing_audit` counts them by kind."""

    finding: str = column("Kind of the finding")
    region: str = column("Region account; empty where it is not about one", allowed=("", *REGIONS))
    subject: str = column("What it is about: a SKU, a variant, an order or a setting")
    severity: str = column("How much it matters", allowed=SEVERITIES)
    owner: str = column("Team that mends it")
    units: int | None = column("Units at stake; empty where units say nothing", unit="units", minimum=0)
    amount: Decimal | None = column("Money at stake; empty where it cannot be told", unit="currency", minimum=0)
    currency: str | None = column("Currency of the money at stake (ISO 4217)")
    detail: str = column("What was found, in plain words")
    audited_at: datetime = column("When the audit was made")


LISTING_AUDIT = table(
    AuditFinding,
    schema="reconcile",
    name="listing_audit",
    key=("finding", "region", "subject"),
    grain="one row per finding and record it is about",
    kind="derived",
    team="ecommerce",
)
TABLES = (LISTING_AUDIT,)
