"""Blocking checks made from the contracts: keys, empty values, limits, allowed words. One step judges a whole table."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from integration_assets.contracts.claims import claims_of
from integration_assets.contracts.registry import TABLES
from integration_assets.contracts.sql import fill, joined
from integration_assets.contracts.table import Table
from resources.warehouse import Warehouse


def checks_of(table: Table[Any]) -> dg.AssetChecksDefinition:
    """The claims of a table's contract; what breaks one stops everything that would be built on the table."""
    claims = claims_of(table)
    key = dg.AssetKey(table.asset_key)
    counts = joined(", ", (fill("({sql})", sql=claim.sql) for claim in claims))

    @dg.multi_asset_check(
        name=f"{table.schema}_{table.name}_contract",
        specs=[dg.AssetCheckSpec(claim.name, asset=key, description=claim.told, blocking=True) for claim in claims],
    )
    def check(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[dg.AssetCheckResult]:
        found = warehouse.query(fill("SELECT {counts}", counts=counts))[0]
        for claim, violations in zip(claims, found, strict=True):
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=claim.name,
                passed=violations == 0,
                description=claim.told if violations == 0 else f"{violations} rows break it: {claim.told}",
                metadata={"violations": int(violations)},
            )

    return check


CHECKS = tuple(checks_of(table) for table in TABLES)
