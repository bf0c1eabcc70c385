"""The errand that makes a Shopify order of an Amazon order: read it once more, draft it, create it, keep the link.

What Amazon says at this very moment is what is made. The recipient is read here, passed on, and forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from integration_assets.contracts.amazon import AmazonOrder
from integration_assets.contracts.errors import DataError, Rejected
from integration_assets.effects.errand import Receipt, Sight
from integration_assets.orders.part_shipped import PART_SHIPPED
from integration_assets.orders.plan import OrderBook, Waiting
from integration_assets.rules.marketplaces import Marketplace, by_id
from integration_assets.rules.order_draft import PART_SHIPPED as PART_SHIPPED_TAG
from integration_assets.rules.order_draft import OrderDraft, draft
from integration_assets.rules.recipient import Recipient
from resources.amazon import AmazonAccount
from resources.amazon_parts.recipients import WholeOrder
from resources.ledger import Effect, Intention, Ledger
from resources.operating_model import OperatingModel
from resources.shopify_parts.order_writes import OrderWrites

KIND = "order_import"
LINK = "amazon_order"
"""Links of an Amazon order (left) with the Shopify order (right) that stands for it."""
WITHOUT_ADDRESS = "order_without_address"
"""Links of the same two while Amazon had told no address when the order was made."""
SIMPLER_TRIES = 4


@dataclass
class ImportErrand:
    """Makes orders, each once. `planned` is what was planned last, by Amazon order id."""

    model: OperatingModel
    account: AmazonAccount
    writes: OrderWrites
    ledger: Ledger
    book: OrderBook
    origin: str
    kind: str = KIND
    once: bool = True
    planned: dict[str, Waiting] = field(default_factory=dict)
    shown: Callable[[int, int], None] = lambda *_: None
    _made: int = 0
    _variants: dict[str, str] | None = None

    def plan(self, waiting: Sequence[Waiting], *, live: bool) -> list[Intention]:
        """What is to be made, in this order: what was begun and put back comes last, or one order could stop them all.

        Live, orders that are in the shop though no reading told of them yet are linked and left out.
        """
        wanted = [one for one in waiting if one.routed.is_imported]
        self.planned = {one.order.amazon_order_id: one for one in wanted}
        standing = self.ledger.newest_of(self.kind, self.account.region, self.planned)
        if live:
            unheard_of = [one.order.amazon_order_id for one in wanted if one.order.amazon_order_id not in standing]
            there = self.writes.find_all(unheard_of)
            for amazon_order_id, shopify_order_id in there.items():
                self.ledger.link(LINK, amazon_order_id, shopify_order_id)
            wanted = [one for one in wanted if one.order.amazon_order_id not in there]
        later = {subject for subject, effect in standing.items() if effect.state == "intended" and effect.detail}
        wanted.sort(key=lambda one: one.order.amazon_order_id in later)
        return [self._intention(one) for one in wanted]

    def send(self, effect: Effect) -> Receipt:
        """Make the order. Rejected also for one that cannot be made as it is now; the others go on."""
        try:
            whole = self._read(effect.subject)
            made = self._draft(whole)
        except DataError as error:
            raise Rejected(str(error), todo=error.todo, operation="OrderCreate") from error
        shopify_order_id, recipient = self._create(made, whole.recipient)
        self.ledger.link(LINK, effect.subject, shopify_order_id)
        self._made += 1
        self.shown(self._made, max(len(self.planned), self._made))
        told = ["made"]
        if recipient is None and whole.order.fulfilled_by != "AMAZON":
            self.ledger.link(WITHOUT_ADDRESS, effect.subject, shopify_order_id)
            told.append("without an address")
        told += [f"unmapped: {', '.join(made.unmapped)}"] if made.unmapped else []
        told += [f"oversold: {', '.join(f'{units} of {sku}' for sku, units in made.oversold)}"] if made.oversold else []
        if PART_SHIPPED_TAG in made.tags:
            self.ledger.link(PART_SHIPPED, effect.subject, shopify_order_id)
            told.append("a part had left already")
        told += [f"adjusted by {made.adjustment} {made.currency}"] if made.adjustment else []
        return Receipt(reference=shopify_order_id, detail="; ".join(told), proven=True)

    def look(self, effect: Effect) -> Sight:
        """Look for the order by its mark: a direct look-up, which a search that lags behind cannot mislead."""
        found = self.writes.find(effect.subject)
        if found is None:
            return Sight("not_there", "no order in Shopify carries its id")
        self.ledger.link(LINK, effect.subject, found.shopify_order_id)
        if found.address is None and effect.payload.get("fulfilled_by") != "AMAZON":
            self.ledger.link(WITHOUT_ADDRESS, effect.subject, found.shopify_order_id)
        if PART_SHIPPED_TAG in found.tags:
            self.ledger.link(PART_SHIPPED, effect.subject, found.shopify_order_id)
        return Sight("there", f"found in Shopify as {found.shopify_order_id}", found.shopify_order_id)

    def _intention(self, one: Waiting) -> Intention:
        order = one.order
        payload = {
            "fulfilled_by": order.fulfilled_by,
            "status": order.status,
            "updated_at": order.last_updated_at.isoformat(),
            "units": one.units,
            "currency": order.currency,
            "total": None if order.total is None else str(order.total),
        }
        return Intention(subject=order.amazon_order_id, payload=payload, reason=one.routed.reason, origin=self.origin)

    def _read(self, amazon_order_id: str) -> WholeOrder:
        """The order as it is now. Of one that Amazon ships there is no address to be had: it is taken as last read."""
        known = self.planned.get(amazon_order_id)
        if known is not None and known.order.fulfilled_by == "AMAZON":
            return WholeOrder(known.order, known.items, None, {})
        return self.account.order_to_ship(amazon_order_id, with_email=self.model.orders.buyer_email)

    def _draft(self, whole: WholeOrder) -> OrderDraft:
        order = whole.order
        known = self.planned.get(order.amazon_order_id)
        to = self.book.routed(order)
        if not to.is_imported:
            raise DataError(f"Order {order.amazon_order_id} is not to be imported any more: {to.reason}.")
        return draft(
            order,
            whole.items,
            marketplace=_marketplace_of(order),
            variants=self._known_variants(),
            short=known.short if known else {},
            tags=self.model.orders.tags,
            gift_messages=whole.gift_messages,
            is_counted=order.status == "SHIPPED" and order.created_at < self.book.takeover,
        )

    def _known_variants(self) -> dict[str, str]:
        if self._variants is None:
            self._variants = self.book.variants(self.account.region)
        return self._variants

    def _create(self, made: OrderDraft, recipient: Recipient | None) -> tuple[str, Recipient | None]:
        """Create the order, leaving out what Shopify will not take, and answer its id and the address it has."""
        told = recipient
        for _ in range(SIMPLER_TRIES):
            try:
                return self.writes.create(made, recipient, told=told), recipient
            except Rejected as error:
                simpler = self._simpler(made, recipient, str(error))
                if simpler is None:
                    found = self.writes.find(made.amazon_order_id)
                    if found is None:
                        raise
                    return found.shopify_order_id, recipient
                made, recipient = simpler
        raise Rejected(f"Shopify takes no order for {made.amazon_order_id}, however little is asked of it.")

    def _simpler(
        self, made: OrderDraft, recipient: Recipient | None, refusal: str
    ) -> tuple[OrderDraft, Recipient | None] | None:
        """The same without what the refusal was about; None where that is nothing that can be left out."""
        if "lineItems" in refusal or "variant" in refusal.lower():
            asked = {line.variant_id for line in made.lines if line.variant_id is not None}
            gone = asked - self.writes.variants_there(asked)
            if gone:
                return made.without_variants(sorted(gone)), recipient
        if recipient is not None and ("shippingAddress" in refusal or "email" in refusal):
            plain = replace(recipient, phone="", region="", email="")
            return made, (plain if plain != recipient else None)
        return None


def _marketplace_of(order: AmazonOrder) -> Marketplace:
    """The marketplace of an order, which says how many decimals its money has. DataError for one we do not know."""
    try:
        return by_id(order.marketplace_id or "")
    except KeyError:
        raise DataError(
            f"Order {order.amazon_order_id} is of marketplace {order.marketplace_id or '(none)'}, which is not known.",
            todo="Upgrade Instep, or enter the order into Shopify by hand.",
        ) from None
