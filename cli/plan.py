"""`instep plan`: what would be sent to Amazon and why. Reads the stores only; nothing is called, nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.main import FOUND, OK
from cli.output import at, say, show_table, units, write_json
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from integration_assets.contracts.reconcile import StockPosition
    from resources.connections import Connections


def plan(model: Path | None, *, region: str | None, as_json: bool) -> int:
    """Show the plan as it stands. 1 when there is something to send or to look at, 0 when all is in step."""
    from resources.connections import connect

    with connect(model) as connections:
        rows = positions(connections, region)
        mode = connections.model.mode.stock_push
        read_at = _stock_read_at(connections)
    to_send = [row for row in rows if _goes_out(row)]
    to_see = [row for row in rows if row.verdict in ("leak", "waiting") and not _goes_out(row)]
    in_step = sum(row.verdict == "in_step" for row in rows)
    excluded = [row for row in rows if row.verdict == "excluded"]
    if as_json:
        document = {
            "mode": mode,
            "stock_read_at": read_at,
            "in_step": in_step,
            "push": [as_document(row) for row in to_send],
            "not_sent": [as_document(row) for row in to_see],
            "excluded": [as_document(row) for row in excluded],
        }
        write_json(document)
        return FOUND if to_send or to_see else OK
    if to_send:
        _show(f"To be sent ({mode})", to_send)
    if to_see:
        _show("Under way or held", to_see)
    say(
        f"{len(to_send)} to send, {len(to_see)} under way or held, {in_step} in step, {len(excluded)} excluded; "
        f"Shopify's stock was read at {at(read_at)}."
    )
    if to_send and mode != "live":
        say('Nothing will be sent: set [mode] stock_push = "live" in the operating model when you are ready.')
    return FOUND if to_send or to_see else OK


def positions(
    connections: Connections, region: str | None, *, skus: Sequence[str] | None = None
) -> list[StockPosition]:
    """Every position as the stores tell it now, or those of some SKUs.

    ConfigurationError for a region account that is not declared, and before the first cycle has compared anything.
    """
    from integration_assets.contracts.reconcile import SKU_MAP
    from integration_assets.stock.positions import Positions

    known = sorted(connections.model.amazon)
    if region is not None and region not in known:
        raise ConfigurationError(f"There is no region account {region!r}.", todo=f"Declared are: {', '.join(known)}.")
    require_warehouse(connections)
    if connections.warehouse.written_at(SKU_MAP) is None:
        raise ConfigurationError(
            "Amazon and Shopify have not been compared yet: no cycle has come that far.",
            todo="Run `instep sync --once`; it says what fails.",
        )
    return Positions(
        model=connections.model,
        warehouse=connections.warehouse,
        ledger=connections.ledger,
        clock=connections.clock,
    ).compute(regions=[region] if region else None, skus=skus)


def require_warehouse(connections: Connections) -> None:
    """ConfigurationError before the first cycle, so that no command makes an empty warehouse by looking for one."""
    if not connections.model.warehouse_path.exists():
        raise ConfigurationError(
            f"There is no warehouse at {connections.model.warehouse_path} yet.", todo="Run `instep sync --once` first."
        )


def as_document(row: StockPosition) -> dict[str, Any]:
    """A position for machines: what the warehouse keeps as JSON text is JSON here too."""
    import json

    document = asdict(row)
    document["by_location"] = json.loads(row.by_location)
    document["missing"] = json.loads(row.missing) if row.missing else []
    return document


def _goes_out(row: StockPosition) -> bool:
    """Whether the next cycle sends it: decided now, or decided before and not sent yet."""
    return row.target is not None and (
        row.verdict == "push" or (row.verdict == "waiting" and row.effect_state == "intended")
    )


def _stock_read_at(connections: Connections) -> datetime | None:
    from integration_assets.contracts.shopify import STOCK_LEVELS

    return connections.warehouse.written_at(STOCK_LEVELS)


def _show(title: str, rows: Sequence[StockPosition]) -> None:
    show_table(
        title,
        ("region", "SKU", "shows", "target", "why"),
        [(row.region, row.seller_sku, units(row.shown), units(row.target), row.reason) for row in rows],
        whole=("region", "SKU", "shows", "target"),
    )
