"""How a contract is shown in Dagster: key, prose, owner, columns, freshness and the metadata of a materialisation."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from integration_assets.contracts import registry
from integration_assets.contracts.table import Row, Table
from integration_assets.regions import Lanes

SAMPLE_ROWS = 20
CELL_WIDTH = 120
"""Characters of a text that a cell of a sample shows; the whole of it is in the warehouse."""


def spec_of(
    table: Table[Any],
    *,
    kinds: set[str],
    deps: Iterable[Table[Any]] = (),
    fresh_within: timedelta | None = None,
) -> dg.AssetSpec:
    """Describe the asset behind a table; `fresh_within` is how old it may grow before the UI says so."""
    freshness = None
    if fresh_within is not None:
        freshness = dg.FreshnessPolicy.time_window(fail_window=fresh_within * 2, warn_window=fresh_within)
    return dg.AssetSpec(
        key=table.asset_key,
        description=f"{table.prose}\n\n{table.grain[0].upper()}{table.grain[1:]}. Query it as `{table.sql_name}`.",
        group_name=table.schema,
        owners=[f"team:{table.team}"],
        kinds=kinds | {"duckdb"},
        deps=[dep.asset_key for dep in deps],
        metadata={"dagster/column_schema": column_schema(table), "dagster/table_name": table.sql_name},
        freshness_policy=freshness,
    )


def limits_of(assets: Iterable[dg.AssetsDefinition]) -> dict[str, timedelta]:
    """How old each table may grow that is read from a shop, as its asset's freshness policy says."""
    observed = {table.sql_name for table in registry.TABLES if table.kind == "observed"}
    limits = {}
    for asset in assets:
        for spec in asset.specs:
            name = spec.metadata.get("dagster/table_name")
            window = getattr(spec.freshness_policy, "fail_window", None)  # a policy by cron has none
            if name in observed and window is not None:
                limits[str(name)] = window.to_timedelta()
    return limits


def column_schema(table: Table[Any]) -> dg.TableSchema:
    """The columns of a table with their types, units and prose."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.sql_type,
                description=f"{column.prose} ({column.unit})" if column.unit else column.prose,
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in table.columns
        ]
    )


def told(table: Table[Any], *, rows: int, **facts: Any) -> dg.MaterializeResult[None]:
    """A materialisation with its row count and whatever else is worth showing."""
    return dg.MaterializeResult(asset_key=table.asset_key, metadata={"dagster/row_count": rows, **facts})


def told_by_region(table: Table[Any], lanes: Lanes[Any], /, *, rows: int, **facts: Any) -> dg.MaterializeResult[None]:
    """The same of a table that is read region by region, with the answer to its `region_check`."""
    return dg.MaterializeResult(
        asset_key=table.asset_key,
        metadata={"dagster/row_count": rows, **facts},
        check_results=[lanes.check(table)],
    )


def as_table(rows: Sequence[Row], columns: Sequence[str]) -> dg.TableMetadataValue | dg.TextMetadataValue:
    """The first rows as a table in the UI, long texts cut short; a sentence when there are none."""
    if not rows:
        return dg.MetadataValue.text("nothing to show")
    schema = dg.TableSchema(columns=[dg.TableColumn(name=name) for name in columns])
    records = [dg.TableRecord({name: _cell(getattr(row, name)) for name in columns}) for row in rows[:SAMPLE_ROWS]]
    return dg.MetadataValue.table(records=records, schema=schema)


def _cell(value: object) -> str | int | bool | None:
    if value is None or isinstance(value, bool | int):
        return value
    text = str(value)
    return text if len(text) <= CELL_WIDTH else f"{text[: CELL_WIDTH - 1]}…"
