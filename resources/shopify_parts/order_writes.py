"""Making Shopify orders of Amazon orders: found by our mark, made once, brought up to date, adopted.

Buyers' data goes through here in memory. Shopify may repeat what it was sent when it refuses it, so what it says is
cleaned of every word of the recipient before it becomes an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integration_assets.contracts.errors import Rejected, UnknownOutcome
from integration_assets.rules.order_draft import OrderDraft
from integration_assets.rules.order_parts import ITEM_ID, DraftLine, Tax
from integration_assets.rules.recipient import Recipient
from resources.shopify_parts import order_documents as documents
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import nodes_of, pages
from resources.shopify_parts.parse import instant

GATEWAY = "Amazon"
DISCOUNT_CODE = "AMAZON PROMOTION"
PROVINCE_CODE = re.compile(r"[A-Z]{2,3}")
SHORTEST_WORD = 3
"""Shorter words of an address give nobody away, and would tear holes into every message."""


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """A Shopify order found by our mark. `address` is the fingerprint of the address it was made with, if any."""

    shopify_order_id: str
    is_cancelled: bool
    fulfillment_status: str
    address: str | None
    tags: frozenset[str]


class OrderWrites:
    """What may be done to Shopify orders of Amazon orders. Errors as for `GraphQL.call`, without personal data."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql

    def define_mark(self) -> bool:
        """Make the definition of our mark, which must be there before the first value; False when it is already."""
        definition = {
            "name": "Amazon order id",
            "namespace": documents.NAMESPACE,
            "key": documents.MARK_KEY,
            "type": "id",
            "ownerType": "ORDER",
            "description": "The Amazon order this order stands for. Set by Instep; unique.",
        }
        try:
            self._graphql.call(documents.ORDER_MARK_DEFINE, {"definition": definition})
        except Rejected as error:
            if error.code == "TAKEN":
                return False
            raise
        return True

    def find_all(self, amazon_order_ids: Sequence[str]) -> dict[str, str]:
        """Amazon order id -> Shopify order id, of those that are there; 25 a call."""
        found: dict[str, str] = {}
        for start in range(0, len(amazon_order_ids), documents.AT_ONCE):
            some = amazon_order_ids[start : start + documents.AT_ONCE]
            asked = [*some, *[some[-1]] * (documents.AT_ONCE - len(some))]
            data = self._marked(documents.ORDERS_BY_MARK, {f"v{number}": value for number, value in enumerate(asked)})
            for number, amazon_order_id in enumerate(some):
                if data.get(f"o{number}"):
                    found[amazon_order_id] = data[f"o{number}"]["id"]
        return found

    def find(self, amazon_order_id: str) -> FoundOrder | None:
        """The order with this mark, by direct look-up; None when there is none."""
        data = self._marked(documents.ORDER_BY_MARK, {"value": amazon_order_id})
        node = data.get("orderByIdentifier")
        return None if node is None else _found(node)

    def lines_of_items(self, shopify_order_id: str) -> dict[str, list[tuple[str, int]]] | None:
        """Amazon order item id -> (order line id, units) of the lines made of it; None when the order is not there."""
        asked = {"id": shopify_order_id}
        first = self._graphql.call(documents.ORDER_PARTS, {**asked, "after": None})
        if first["order"] is None:
            return None
        found: dict[str, list[tuple[str, int]]] = {}
        for page in pages(self._graphql, documents.ORDER_PARTS, ("order", "lineItems"), asked, first=first):
            for node in page:
                told = {each["key"]: each["value"] for each in node["customAttributes"]}
                if ITEM_ID in told:
                    found.setdefault(str(told[ITEM_ID]), []).append((str(node["id"]), int(node["quantity"])))
        return found

    def create(self, draft: OrderDraft, recipient: Recipient | None, told: Recipient | None = None) -> str:
        """Make the order and answer its id. Not to be repeated without a look: nothing in Shopify refuses a second one.

        `told` is the recipient as Amazon told it, where Shopify is given less of it: the fingerprint is of that.
        Rejected when Shopify says no; UnknownOutcome when it cannot be told.
        """
        variables = {
            "order": order_input(draft, recipient, told),
            "options": {"inventoryBehaviour": draft.stock, "sendReceipt": False, "sendFulfillmentReceipt": False},
        }
        with kept_private(told or recipient, draft):
            data = self._graphql.call(documents.ORDER_CREATE, variables)
        made = (data["orderCreate"] or {}).get("order")
        if made is None:
            raise UnknownOutcome(
                f"Shopify said neither yes nor no to an order for {draft.amazon_order_id}.",
                todo="It is looked for by its mark before it is sent again.",
                operation="OrderCreate",
            )
        return str(made["id"])

    def readdress(self, shopify_order_id: str, amazon_order_id: str, recipient: Recipient) -> FoundOrder:
        """Set the address of an order, and with it the fingerprint that it is known by."""
        given = {
            "id": shopify_order_id,
            "shippingAddress": address_input(recipient),
            "metafields": [_fingerprint(recipient, amazon_order_id)],
        }
        with kept_private(recipient):
            data = self._graphql.call(documents.ORDER_READDRESS, {"input": given})
        node = (data["orderUpdate"] or {}).get("order")
        if node is None:
            raise UnknownOutcome(
                f"Shopify said neither yes nor no to a new address of {shopify_order_id}.",
                todo="It is looked at before it is sent again.",
                operation="OrderReaddress",
            )
        return _found(node)

    def mark(self, shopify_order_id: str, amazon_order_id: str, tags: Sequence[str]) -> None:
        """Put our mark and these tags on an order that somebody else made. The mark must be defined already."""
        mark = {"ownerId": shopify_order_id, **_mark(amazon_order_id)}
        variables = {"metafields": [mark], "id": shopify_order_id, "tags": list(tags)}
        self._graphql.call(documents.ORDER_MARK, variables)

    def notes(self, shopify_order_ids: Collection[str]) -> Iterator[tuple[str, str]]:
        """(order id, note) of these orders, for looking at in memory: a note may hold anything."""
        for node in nodes_of(self._graphql, documents.ORDER_NOTES, shopify_order_ids):
            if node.get("note"):
                yield str(node["id"]), str(node["note"])

    def variants_there(self, variant_ids: Collection[str]) -> set[str]:
        """Those of the variants that the shop still has."""
        return {str(node["id"]) for node in nodes_of(self._graphql, documents.VARIANTS_THERE, variant_ids)}

    def _marked(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Look something up by our mark; while the mark is not even defined, it is defined and nothing found."""
        try:
            return self._graphql.call(document, variables)
        except Rejected as error:
            if error.code != "NOT_FOUND":
                raise
        self.define_mark()
        return {}


def order_input(draft: OrderDraft, recipient: Recipient | None, told: Recipient | None = None) -> dict[str, Any]:
    """The draft as Shopify's OrderCreateOrderInput. Defaults that would hurt are never left to Shopify."""
    currency = draft.currency
    placed_at = draft.placed_at.isoformat()
    given: dict[str, Any] = {
        "currency": currency,
        "processedAt": placed_at,
        "sourceIdentifier": draft.amazon_order_id,
        "sourceUrl": draft.source_url,
        "tags": list(draft.tags),
        "taxesIncluded": draft.taxes_included,
        "customAttributes": [{"key": key, "value": value} for key, value in draft.attributes],
        "metafields": [_mark(draft.amazon_order_id)],
        "lineItems": [_line(line, currency) for line in draft.lines],
    }
    if draft.shipping is not None:
        given["shippingLines"] = [
            {
                "title": draft.shipping.title,
                "priceSet": money(draft.shipping.amount, currency),
                "taxLines": [_tax(tax, currency) for tax in draft.shipping.taxes],
            }
        ]
    if draft.discount:
        off = {"code": DISCOUNT_CODE, "amountSet": money(draft.discount, currency)}
        given["discountCode"] = {"itemFixedDiscountCode": off}
    if draft.paid:
        given["transactions"] = [
            {
                "kind": "SALE",
                "status": "SUCCESS",
                "gateway": GATEWAY,
                "amountSet": money(draft.paid, currency),
                "processedAt": placed_at,
            }
        ]
    else:
        given["financialStatus"] = "PAID"
    if draft.is_shipped:
        given["fulfillmentStatus"] = "FULFILLED"
    if recipient is not None:
        given["shippingAddress"] = address_input(recipient)
        given["metafields"].append(_fingerprint(told or recipient, draft.amazon_order_id))
        if recipient.email:
            given["email"] = recipient.email
    return given


def address_input(recipient: Recipient) -> dict[str, str]:
    """A recipient as Shopify's MailingAddressInput; of a name the last word is the last name."""
    first, _, last = recipient.name.rpartition(" ")
    is_code = PROVINCE_CODE.fullmatch(recipient.region) is not None
    told = {
        "firstName": first,
        "lastName": last,
        "company": recipient.company,
        "address1": recipient.lines[0] if recipient.lines else "",
        "address2": ", ".join(recipient.lines[1:]),
        "city": recipient.city,
        "provinceCode": recipient.region if is_code else "",
        "province": "" if is_code else recipient.region,
        "zip": recipient.postal_code,
        "countryCode": recipient.country_code,
        "phone": recipient.phone,
    }
    return {name: value for name, value in told.items() if value}


def money(amount: Decimal, currency: str) -> dict[str, Any]:
    """An amount in the currency of the order, which is the marketplace's: nothing is converted."""
    return {"shopMoney": {"amount": str(amount), "currencyCode": currency}}


@contextmanager
def kept_private(recipient: Recipient | None, draft: OrderDraft | None = None) -> Iterator[None]:
    """Take every word of the recipient, and what buyers wrote on cards, out of what Shopify says to it."""
    words = list(recipient.words()) if recipient else []
    words += [value for line in (draft.lines if draft else ()) for name, value in line.properties if name[0] != "_"]
    try:
        yield
    except (Rejected, UnknownOutcome) as error:
        told = cleaned(str(error), words)
        if told == str(error):
            raise
        raise type(error)(
            told, operation=error.operation, status=error.status, code=error.code, request_id=error.request_id
        ) from None


def cleaned(text: str, words: Collection[str]) -> str:
    """The text with … where one of the words stood, letter case aside; the longest first."""
    for word in sorted({word for word in words if len(word) >= SHORTEST_WORD}, key=len, reverse=True):
        text = re.sub(re.escape(word), "…", text, flags=re.IGNORECASE)
    return text


def _line(line: DraftLine, currency: str) -> dict[str, Any]:
    given: dict[str, Any] = {
        "quantity": line.quantity,
        "priceSet": money(line.unit_price, currency),
        "requiresShipping": line.requires_shipping,
        "taxLines": [_tax(tax, currency) for tax in line.taxes],
        "properties": [{"name": name, "value": value} for name, value in line.properties],
    }
    if line.variant_id is not None:
        return {**given, "variantId": line.variant_id}
    return {**given, "title": line.title, **({"sku": line.sku} if line.sku else {})}


def _tax(tax: Tax, currency: str) -> dict[str, Any]:
    return {
        "title": tax.title,
        "priceSet": money(tax.amount, currency),
        "rate": str(tax.rate),
        "channelLiable": tax.is_amazons,
    }


def _mark(amazon_order_id: str) -> dict[str, str]:
    return {"namespace": documents.NAMESPACE, "key": documents.MARK_KEY, "type": "id", "value": amazon_order_id}


def _fingerprint(recipient: Recipient, amazon_order_id: str) -> dict[str, str]:
    return {
        "namespace": documents.NAMESPACE,
        "key": documents.ADDRESS_KEY,
        "type": "single_line_text_field",
        "value": recipient.fingerprint(amazon_order_id),
    }


def _found(node: Mapping[str, Any]) -> FoundOrder:
    cancelled_at = node["cancelledAt"]
    return FoundOrder(
        shopify_order_id=str(node["id"]),
        is_cancelled=cancelled_at is not None and instant(cancelled_at) is not None,
        fulfillment_status=str(node["displayFulfillmentStatus"]),
        address=(node["address"] or {}).get("value"),
        tags=frozenset(map(str, node["tags"])),
    )
