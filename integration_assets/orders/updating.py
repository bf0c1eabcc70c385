"""The errand that brings an imported order up to date while it can still be shipped elsewhere: its address.

Amazon's address is compared with the fingerprint that the order was made with, so a correction that somebody made in
Shopify is only overwritten when Amazon's own address changes. What was cancelled or refunded is another errand's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from integration_assets.contracts.errors import Rejected
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.orders.importing import KIND as IMPORT
from integration_assets.orders.importing import WITHOUT_ADDRESS
from integration_assets.orders.queries import OPEN
from resources.amazon import AmazonAccount
from resources.clock import Clock
from resources.ledger import Effect, Intention, Ledger
from resources.shopify_parts.order_writes import OrderWrites
from resources.warehouse import Warehouse

KIND = "order_update"
ADDRESSED = "order_addressed"
"""Links of orders made without an address that have one by now."""
ASK_AGAIN = timedelta(minutes=30)
"""How long after a look at an order without an address Amazon is asked once more."""


@dataclass
class UpdateErrand:
    """Sets the addresses of orders that changed on Amazon after they were made here."""

    account: AmazonAccount
    writes: OrderWrites
    warehouse: Warehouse
    ledger: Ledger
    clock: Clock
    origin: str
    kind: str = KIND
    once: bool = False

    def plan(self) -> list[Intention]:
        """Orders of ours, not shipped yet, that changed on Amazon since they were last seen to, or lack an address."""
        region = self.account.region
        still_open = dict(self.warehouse.query(OPEN, {"region": region}))
        made = self.ledger.last_verified(IMPORT, region, still_open)
        seen_to = self.ledger.last_verified(KIND, region, still_open)
        without = self.without_address()
        wanted: list[Intention] = []
        for subject, changed_at in still_open.items():
            if subject not in made:
                continue
            known = seen_to.get(subject, made[subject])
            changed = changed_at > datetime.fromisoformat(known.payload["updated_at"])
            asks_again = subject in without and known.verified_at + ASK_AGAIN <= self.clock.now()
            if changed or asks_again:
                reason = "Changed on Amazon since it was made here" if changed else "It has no address yet"
                wanted.append(Intention(subject, {"updated_at": changed_at.isoformat()}, reason, self.origin))
        return wanted

    def without_address(self) -> dict[str, str]:
        """Amazon order id -> Shopify order id, of orders made without an address that have none yet."""
        addressed = {link.left_id for link in self.ledger.links(ADDRESSED)}
        return {
            link.left_id: link.right_id for link in self.ledger.links(WITHOUT_ADDRESS) if link.left_id not in addressed
        }

    def send(self, effect: Effect) -> Receipt:
        """Ask Amazon once more and set the address where it has changed."""
        found = self.writes.find(effect.subject)
        if found is None:
            raise Rejected(f"No order in Shopify carries the id {effect.subject} any more.", operation="OrderReaddress")
        if found.is_cancelled or found.fulfillment_status == "FULFILLED":
            return Receipt(found.shopify_order_id, "too late: it was shipped or cancelled in Shopify", proven=True)
        recipient = self.account.order_to_ship(effect.subject).recipient
        if recipient is None:
            return Receipt(found.shopify_order_id, "Amazon tells no address", proven=True)
        wanted = recipient.fingerprint(effect.subject)
        if found.address != wanted:
            found = self.writes.readdress(found.shopify_order_id, effect.subject, recipient)
            told = "address set"
        else:
            told = "the address is the same"
        self.ledger.link(ADDRESSED, effect.subject, found.shopify_order_id)
        return Receipt(found.shopify_order_id, told, proven=found.address == wanted)

    def look(self, effect: Effect) -> Sight:
        """Hold Amazon's address against the fingerprint on the order."""
        found = self.writes.find(effect.subject)
        recipient = self.account.order_to_ship(effect.subject).recipient
        if found is None or recipient is None:
            return Sight("refused", "there is no order, or no address, to compare")
        if found.address != recipient.fingerprint(effect.subject):
            return Sight("not_there", "the order in Shopify has another address")
        self.ledger.link(ADDRESSED, effect.subject, found.shopify_order_id)
        return Sight("there", "the order in Shopify has this address", found.shopify_order_id)
