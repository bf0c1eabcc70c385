"""Amazon's JSON answers as rows of our contracts. What cannot be read is refused by name, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from integration_assets.contracts.amazon import Availability, FbaInventory
from integration_assets.contracts.errors import BadDocument, Rejected
from integration_assets.rules.marketplaces import Marketplace, fba_pool

MFN_CHANNEL = "DEFAULT"


@dataclass(frozen=True, slots=True)
class Issue:
    """What Amazon found about a listing. `severity` is ERROR, WARNING or INFO."""

    code: str
    severity: str
    message: str
    attribute_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Amazon's receipt for a change of a listing: ACCEPTED is queued and not yet applied, INVALID was refused."""

    seller_sku: str
    status: str
    submission_id: str
    issues: tuple[Issue, ...]

    def must_be_accepted(self, what: str) -> None:
        """Raise Rejected with Amazon's reasons where it refused `what`."""
        if self.status == "ACCEPTED":
            return
        reasons = " ".join(issue.message for issue in self.issues) or f"the status is {self.status}"
        raise Rejected(
            f"Amazon refuses {what}: {reasons}",
            operation="patchListingsItem",
            code=self.issues[0].code if self.issues else "",
        )


@dataclass(frozen=True, slots=True)
class Participation:
    """A marketplace the account is registered in."""

    marketplace_id: str
    country: str
    name: str
    is_participating: bool
    has_suspended_listings: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report as Amazon lists it. `document_id` is there once it is DONE, and sometimes for a FATAL one."""

    report_id: str
    report_type: str
    status: str
    marketplace_ids: tuple[str, ...]
    created_at: datetime
    data_start_at: datetime | None
    data_end_at: datetime | None
    document_id: str | None


def availability(item: Mapping[str, Any], *, region: str, read_at: datetime) -> Availability:
    """A listings item with `summaries`, `fulfillmentAvailability` and `issues`.

    The quantity is the one under DEFAULT, taken from `fulfillmentAvailability` only: the attributes lag behind.
    """
    sku = text(item, "sku", "a listings item")
    what = f"listings item {sku}"
    offers = objects(item, "fulfillmentAvailability", what)
    channels = [text(offer, "fulfillmentChannelCode", what) for offer in offers]
    quantities = [
        count(offer, "quantity", what)
        for offer, channel in zip(offers, channels, strict=True)
        if channel == MFN_CHANNEL and offer.get("quantity") is not None
    ]
    if len(set(quantities)) > 1:
        raise BadDocument(f"{what} shows {quantities} under {MFN_CHANNEL}; expected one quantity.")
    types = [str(summary["productType"]) for summary in objects(item, "summaries", what) if summary.get("productType")]
    issues = [_issue(issue) for issue in objects(item, "issues", what)]
    return Availability(
        region=region,
        seller_sku=sku,
        fulfillment_channels=tuple(sorted(set(channels))),
        quantity=quantities[0] if quantities else None,
        product_type=types[0] if types else None,
        issue_codes=tuple(sorted({issue.code for issue in issues if issue.severity == "ERROR"})),
        read_at=read_at,
    )


def submission(body: Mapping[str, Any], *, seller_sku: str) -> Submission:
    """Amazon's receipt for `seller_sku`. BadDocument when it is for another SKU or of a status not known."""
    what = f"the receipt for SKU {seller_sku}"
    status = text(body, "status", what)
    if status not in {"ACCEPTED", "INVALID", "VALID"}:
        raise BadDocument(f"{what} says status {status!r}; expected ACCEPTED, INVALID or VALID.")
    if text(body, "sku", what) != seller_sku:
        raise BadDocument(f"{what} is for SKU {body['sku']!r}.")
    issues = tuple(_issue(issue) for issue in objects(body, "issues", what))
    return Submission(seller_sku, status, text(body, "submissionId", what), issues)


def participation(entry: Mapping[str, Any]) -> Participation:
    """An entry of getMarketplaceParticipations."""
    what = "a marketplace participation"
    marketplace = part(entry, "marketplace", what)
    state = part(entry, "participation", what)
    return Participation(
        marketplace_id=text(marketplace, "id", what),
        country=text(marketplace, "countryCode", what),
        name=text(marketplace, "name", what),
        is_participating=state.get("isParticipating") is True,
        has_suspended_listings=state.get("hasSuspendedListings") is True,
    )


def fba_inventory(entry: Mapping[str, Any], *, region: str, marketplace: Marketplace) -> FbaInventory:
    """An inventory summary with details. Units that are not told are refused: they are not zero."""
    sku = text(entry, "sellerSku", "an FBA inventory summary")
    what = f"FBA inventory of SKU {sku}"
    details = part(entry, "inventoryDetails", what)
    inbound = ("inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity")
    return FbaInventory(
        region=region,
        pool=fba_pool(marketplace),
        fnsku=optional_text(entry, "fnSku") or sku,  # a SKU that was never labelled stands for itself
        seller_sku=sku,
        asin=optional_text(entry, "asin"),
        condition=optional_text(entry, "condition"),
        fulfillable=count(details, "fulfillableQuantity", what),
        reserved=_grouped(details, "reservedQuantity", "totalReservedQuantity", what),
        inbound=sum(count(details, key, what) for key in inbound if key in details),
        unfulfillable=_grouped(details, "unfulfillableQuantity", "totalUnfulfillableQuantity", what),
        researching=_grouped(details, "researchingQuantity", "totalResearchingQuantity", what),
        total=count(entry, "totalQuantity", what),
    )


def report(entry: Mapping[str, Any]) -> Report:
    """A report as getReport and getReports tell it."""
    report_id = text(entry, "reportId", "a report")
    what = f"report {report_id}"
    start, end = entry.get("dataStartTime"), entry.get("dataEndTime")
    return Report(
        report_id=report_id,
        report_type=text(entry, "reportType", what),
        status=text(entry, "processingStatus", what),
        marketplace_ids=tuple(str(one) for one in entry.get("marketplaceIds") or ()),
        created_at=instant(entry.get("createdTime"), what),
        data_start_at=instant(start, what) if start else None,
        data_end_at=instant(end, what) if end else None,
        document_id=optional_text(entry, "reportDocumentId"),
    )


def text(entry: Mapping[str, Any], key: str, what: str) -> str:
    """A text that must be there and not be empty."""
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise BadDocument(f"{what} has no {key}.", todo="Nothing of the answer was used.")
    return value


def optional_text(entry: Mapping[str, Any], key: str) -> str | None:
    """A text that may be missing; an empty one counts as missing."""
    value = entry.get(key)
    return str(value) if value not in (None, "") else None


def count(entry: Mapping[str, Any], key: str, what: str) -> int:
    """A number of units that must be there: a whole number, zero or more."""
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadDocument(f"{what} has {key} {value!r}; expected a whole number of units, zero or more.")
    return value


def part(entry: Mapping[str, Any], key: str, what: str) -> Mapping[str, Any]:
    """An object that must be there."""
    value = entry.get(key)
    if not isinstance(value, Mapping):
        raise BadDocument(f"{what} has no {key}.", todo="Nothing of the answer was used.")
    return value


def objects(entry: Mapping[str, Any], key: str, what: str) -> list[Mapping[str, Any]]:
    """A list of objects; a missing one is empty."""
    value = entry.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise BadDocument(f"{what} has {key} that is not a list of objects.")
    return value


def instant(value: object, what: str) -> datetime:
    """An ISO 8601 time with its offset, in UTC."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise BadDocument(f"{what} has the time {value!r}; expected ISO 8601 with an offset.")
    return read.astimezone(UTC)


def money(value: object, what: str) -> tuple[Decimal | None, str | None]:
    """Amount and currency of Amazon's Money; (None, None) when there is none, as for a pending order."""
    if not isinstance(value, Mapping) or value.get("amount") in (None, ""):
        return None, None
    amount = value["amount"]
    try:
        read = Decimal(amount) if isinstance(amount, str | int | Decimal) and not isinstance(amount, bool) else None
    except InvalidOperation:
        read = None
    currency = optional_text(value, "currencyCode")
    if read is None or not read.is_finite() or currency is None:
        raise BadDocument(f"{what} has the amount {amount!r} {currency}; expected a decimal number and a currency.")
    return read, currency


def _grouped(details: Mapping[str, Any], group: str, key: str, what: str) -> int:
    """A sum inside a group of quantities; a group that Amazon leaves out holds nothing."""
    return count(part(details, group, what), key, what) if details.get(group) is not None else 0


def _issue(issue: Mapping[str, Any]) -> Issue:
    names: Sequence[object] = issue.get("attributeNames") or ()
    return Issue(
        code=str(issue.get("code", "")),
        severity=str(issue.get("severity", "")),
        message=str(issue.get("message", "")),
        attribute_names=tuple(str(name) for name in names),
    )
