"""Finances 2024-06-19: movements of money on the seller's account, with every amount as Amazon wrote it."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from integration_assets.contracts.errors import BadDocument
from integration_assets.contracts.fulfilment import Transaction, TransactionLine
from resources.amazon_parts.client import AmazonClient, Answer
from resources.amazon_parts.pages import pages
from resources.amazon_parts.parse import instant, objects, optional_text, part, text

LONGEST_WINDOW = timedelta(days=179)
"""Amazon answers a window of more than 180 days with nothing at all, and without an error."""
DEEPEST = 8
"""Headings below one another before the answer is not believed."""


ABOUT_BUYERS = re.compile("refund|chargeback|claim", re.IGNORECASE)
"""Types that give money back to a buyer: one that cannot be read must not be passed over."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TransactionReading:
    """A transaction with its amounts."""

    transaction: Transaction
    lines: tuple[TransactionLine, ...]


def posted(
    client: AmazonClient, *, region: str, since: datetime, until: datetime, status: str | None = None
) -> list[TransactionReading]:
    """What was posted from `since` up to, and not on, `until`; of one `status` where it is named. Each once.

    Longer spans are asked in windows that Amazon answers. All pages or nothing: an empty page in between is normal.
    No marketplace is named, because then Amazon leaves out merchant-fulfilled orders in the US.
    """
    found: dict[str, TransactionReading] = {}
    start = since
    while start < until:
        end = min(start + LONGEST_WINDOW, until)
        for reading in _window(client, region, start, end, status):
            found[reading.transaction.transaction_id] = reading
        start = end
    return list(found.values())


def _window(
    client: AmazonClient, region: str, start: datetime, end: datetime, status: str | None
) -> Iterator[TransactionReading]:
    query = {"postedAfter": _iso(start), "postedBefore": _iso(end), "transactionStatus": status}

    def fetch(token: str | None) -> Answer:
        arguments = query if token is None else {**query, "nextToken": token}
        return client.call(
            "listTransactions", lambda library: library.finances.list_transactions(**arguments), expects=("payload",)
        )

    for page in pages(fetch, rows_of=_rows, token_of=lambda body: _payload(body).get("nextToken")):
        for entry in _rows(page.body):
            try:
                reading = transaction(entry, region=region)
            except BadDocument as error:
                if ABOUT_BUYERS.search(str(entry.get("transactionType"))):
                    raise
                log.warning("Left out, for it is about no order of a buyer: %s", error)
                continue
            yield reading


def transaction(entry: Mapping[str, Any], *, region: str) -> TransactionReading:
    """One transaction. BadDocument where its amounts are not all in one currency, or cannot be read."""
    transaction_id = optional_text(entry, "transactionId") or _made_up_id(entry)
    what = f"transaction {transaction_id}"
    amount, currency = _money(entry.get("totalAmount"), what)
    related = {
        str(each.get("relatedIdentifierName")): str(each.get("relatedIdentifierValue"))
        for each in objects(entry, "relatedIdentifiers", what)
        if each.get("relatedIdentifierValue")
    }
    marketplace = entry.get("marketplaceDetails") or entry.get("sellingPartnerMetadata") or {}
    row = Transaction(
        transaction_id=transaction_id,
        region=region,
        marketplace_id=optional_text(marketplace, "marketplaceId"),
        transaction_type=optional_text(entry, "transactionType") or "UNKNOWN",
        status=_status(entry),
        posted_at=instant(entry.get("postedDate"), what),
        amazon_order_id=related.get("ORDER_ID"),
        deferred_transaction_id=related.get("DEFERRED_TRANSACTION_ID"),
        currency=currency,
        amount=amount,
    )
    lines = tuple(_numbered(_amounts(entry, what), row, what))
    return TransactionReading(row, lines)


@dataclass(frozen=True, slots=True)
class _Amount:
    item: int | None
    sku: str | None
    quantity: int | None
    path: str
    amount: Decimal
    currency: str


def _amounts(entry: Mapping[str, Any], what: str) -> Iterator[_Amount]:
    """The innermost amounts. The transaction's own headings repeat the items', so they count only where there is none.

    Some types name items without amounts and put these under the transaction.
    """
    items = objects(entry, "items", what)
    if not any(item.get("breakdowns") for item in items):
        for path, amount, currency in _leaves(objects(entry, "breakdowns", what), "", what):
            yield _Amount(None, None, None, path, amount, currency)
        return
    for number, item in enumerate(items, start=1):
        contexts = objects(item, "contexts", what)
        product = next((each for each in contexts if each.get("contextType") == "ProductContext"), {})
        quantity = product.get("quantityShipped")
        for path, amount, currency in _leaves(objects(item, "breakdowns", what), "", what):
            yield _Amount(
                number,
                optional_text(product, "sku"),
                quantity if isinstance(quantity, int) and not isinstance(quantity, bool) else None,
                path,
                amount,
                currency,
            )


def _leaves(breakdowns: list[Mapping[str, Any]], above: str, what: str) -> Iterator[tuple[str, Decimal, str]]:
    if above.count("/") > DEEPEST:
        raise BadDocument(f"{what} has more than {DEEPEST} headings below one another.")
    for each in breakdowns:
        path = f"{above}/{text(each, 'breakdownType', what)}".lstrip("/")
        below = objects(each, "breakdowns", what)
        if below:
            yield from _leaves(below, path, what)
        else:
            yield path, *_money(each.get("breakdownAmount"), what)


def _numbered(amounts: Iterator[_Amount], row: Transaction, what: str) -> Iterator[TransactionLine]:
    for number, each in enumerate(amounts, start=1):
        if each.currency != row.currency and each.amount:
            raise BadDocument(
                f"{what} is in {row.currency} and has {each.path} in {each.currency}: currencies are never added up.",
                todo="Nothing of the answer was used.",
            )
        yield TransactionLine(
            transaction_id=row.transaction_id,
            line=number,
            item=each.item,
            seller_sku=each.sku,
            quantity=each.quantity,
            path=each.path,
            currency=row.currency,
            amount=each.amount,
        )


def _money(value: object, what: str) -> tuple[Decimal, str]:
    """Amount and currency. Amazon writes the amount as a JSON number, which was read as Decimal, never as float."""
    if isinstance(value, Mapping):
        amount, currency = value.get("currencyAmount"), value.get("currencyCode")
        if isinstance(amount, int | Decimal) and not isinstance(amount, bool) and isinstance(currency, str):
            return Decimal(amount), currency
    raise BadDocument(f"{what} has the amount {value!r}; expected a number and a currency.")


def _made_up_id(entry: Mapping[str, Any]) -> str:
    """A name for a transaction that has none: the same content has the same one, whatever its status becomes."""
    content = {key: value for key, value in entry.items() if key != "transactionStatus"}
    return f"unnamed-{hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]}"


def _status(entry: Mapping[str, Any]) -> str | None:
    """In capitals, whichever way Amazon writes it."""
    told = optional_text(entry, "transactionStatus")
    return None if told is None else told.upper()


def _rows(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(_payload(body), "transactions", "listTransactions")


def _payload(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return part(body, "payload", "listTransactions")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
