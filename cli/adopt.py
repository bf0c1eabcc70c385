"""`instep adopt orders`: Shopify orders that another tool made for Amazon orders, listed, then linked and marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cli.main import FOUND, OK
from cli.output import counted, say, show_table, write_json
from cli.plan import require_warehouse
from cli.who import who
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from integration_assets.orders.adopting import Candidate

WORDS: dict[str, str] = {"adopt": "to adopt", "adopted": "adopted", "doubtful": "in doubt", "left_alone": "left alone"}


def adopt_orders(model: Path | None, *, yes: bool, as_json: bool) -> int:
    """List what the rule of `[orders.adopt]` finds; with `yes`, link and mark it. No order is ever made.

    1 when something is to be adopted or in doubt, 0 when nothing is. ConfigurationError in preview, with `yes`.
    """
    from integration_assets.orders.adopting import Adoption
    from resources.connections import connect

    with connect(model) as connections:
        require_warehouse(connections)
        if yes and connections.model.mode.order_import != "live":
            raise ConfigurationError(
                "Orders are not adopted in preview: that marks them in Shopify.",
                todo='Set [mode] order_import = "live" in the operating model; without --yes the list is shown.',
            )
        adoption = Adoption(
            model=connections.model,
            warehouse=connections.warehouse,
            ledger=connections.ledger,
            clock=connections.clock,
            writes=connections.shopify.order_writes,
        )
        found = adoption.candidates()
        if not yes:
            _show(found, as_json=as_json)
            return FOUND if any(one.verdict in ("adopt", "doubtful") for one in found) else OK
        outcomes = adoption.adopt(found, f"instep adopt orders, {who()}")
        connections.ledger.audit(who(), "adopt orders", "shopify.orders", f"{sum(one.sent for one in outcomes)} marked")
        after = adoption.candidates()
        _show(after, as_json=as_json)
        for error in (error for outcome in outcomes for error in outcome.errors):
            say(f"  {error}")
    return FOUND if any(one.verdict in ("adopt", "doubtful") for one in after) else OK


def _show(found: Sequence[Candidate], *, as_json: bool) -> None:
    if as_json:
        write_json([asdict(one) for one in found])
        return
    if found:
        show_table(
            "Orders another tool made",
            ("verdict", "Amazon order", "Shopify order", "found by", "Amazon", "Shopify", "total", "why"),
            [
                (
                    WORDS[one.verdict],
                    one.amazon_order_id,
                    one.name,
                    one.found_by.replace("_", " "),
                    one.amazon_status.lower(),
                    one.shopify_status.lower(),
                    f"{one.shopify_total:.2f} {one.currency}",
                    one.reason,
                )
                for one in found
            ],
            whole=("verdict", "Amazon order", "Shopify order"),
        )
    counts: Counter[str] = Counter(one.verdict for one in found)
    told = ", ".join(f"{counts[verdict]} {words}" for verdict, words in WORDS.items() if counts[verdict])
    say(f"{counted(len(found), 'order')} of Amazon orders that another tool made: {told or 'none'}.")
    if counts["adopt"]:
        say("`instep adopt orders --yes` links and marks those to adopt; it makes none.")
