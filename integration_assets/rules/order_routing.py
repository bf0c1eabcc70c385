"""What becomes of an Amazon order in Shopify: which are imported, which only hold stock, which never come near it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from integration_assets.rules.holds import NOT_COMING, PENDING

Route = Literal["merchant", "amazon", "hold", "closed", "earlier", "never"]
"""`merchant`, `amazon`: imported, and who ships it. `hold`: it keeps stock back and is not imported yet. `closed`: it
came to nothing before anybody imported it. `earlier`: from before this installation took over. `never`: an echo."""

IMPORTED: Final = frozenset({"merchant", "amazon"})
FbaPolicy = Literal["at_once", "when_shipped", "never"]
OURS: Final = "AMAZON"


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an order goes, and why in plain words."""

    route: Route
    reason: str

    @property
    def is_imported(self) -> bool:
        """Whether Shopify should have an order for it."""
        return self.route in IMPORTED


def routed(
    *,
    channel_name: str,
    status: str,
    fulfilled_by: str | None,
    created_at: datetime,
    import_from: datetime,
    fba: FbaPolicy,
) -> Routed:
    """Decide by the fulfilment channel on Amazon's own word.

    Only the sales channel AMAZON is ever imported: a Multi-Channel order comes back in Amazon's orders as NON_AMAZON,
    and it is an order of the shop already. A pending order may still come to nothing, and has no price yet.
    """
    if channel_name != OURS:
        return Routed("never", f"Sold on {channel_name}: the shop has it as an order of its own")
    if status in NOT_COMING:
        return Routed("closed", f"{status.capitalize()} before it was imported")
    if created_at < import_from:
        return Routed("earlier", f"Placed before {import_from:%Y-%m-%d %H:%M} UTC, when this installation took over")
    if status in PENDING or status == "UNKNOWN":
        return Routed("hold", "Not released by Amazon yet: its units are held back")
    if fulfilled_by == "MERCHANT":
        return Routed("merchant", "Released, to be shipped by the merchant")
    if fulfilled_by != "AMAZON":
        return Routed("hold", "Amazon does not say who ships it: its units are held back")
    if fba == "never":
        return Routed("never", "FBA orders are not imported, by orders.fba of the operating model")
    if fba == "when_shipped" and status != "SHIPPED":
        return Routed("hold", "FBA orders are imported once they are shipped, by orders.fba of the operating model")
    return Routed("amazon", "Released, shipped by Amazon")
