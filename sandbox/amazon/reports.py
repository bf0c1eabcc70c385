"""Reports 2021-06-30: ask for a report, follow it, list reports, fetch their documents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.amazon.call import Answer, Call, Problem, invalid, stamp
from sandbox.amazon.documents import new_document, presign
from sandbox.amazon.marketplaces import REPORT_ENCODINGS
from sandbox.amazon.merchant_listings import REPORT_TYPE as LISTINGS_REPORT
from sandbox.amazon.merchant_listings import listings_of, listings_report
from sandbox.amazon.settlement import REPORT_TYPE as SETTLEMENT_REPORT
from sandbox.amazon.state import Report, ServiceState, state_of
from sandbox.faults import fault_for
from sandbox.world import AmazonAccount, Fault, World

STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
KEPT = timedelta(days=90)
MAKING_SECONDS = (15.0, 45.0)
CONTENT_FAULTS = ("empty_snapshot", "half_snapshot", "report_cancelled", "report_fatal")


def create_report(call: Call) -> Answer:
    """Ask for a report. Settlement reports appear by themselves and cannot be asked for."""
    kind, marketplaces = call.field("reportType"), call.field("marketplaceIds")
    if kind == SETTLEMENT_REPORT:
        raise invalid("Request for report type 1118 is not allowed at this time.")
    if kind != LISTINGS_REPORT:
        raise invalid(f"Invalid Report Type {kind}")
    if not isinstance(marketplaces, list) or len(marketplaces) != 1:
        raise invalid(f"{kind} takes exactly one marketplace")
    if foreign := [each for each in marketplaces if each not in call.account.marketplace_ids]:
        raise invalid(f"Marketplace {foreign[0]} does not belong to this seller or this region")
    report = Report(_number(call.world, call.state), kind, marketplaces, call.world.now())
    call.state.reports[report.id] = report
    first, whole = call.state.dice.uniform(1.0, 5.0), call.state.dice.uniform(*MAKING_SECONDS)
    world, account = call.world, call.account

    def start() -> None:
        report.status, report.started_at = "IN_PROGRESS", world.now()

    call.world.after(first, start)
    call.world.after(whole, lambda: _finish(world, account, report))
    return Answer({"reportId": report.id}, status=202, subject=report.id, effect=f"report {kind} asked for")


def _number(world: World, state: ServiceState) -> str:
    return f"{50_000 + state.dice.randrange(10_000)}{world.next_id():06d}"


def _finish(world: World, account: AmazonAccount, report: Report) -> None:
    fault = fault_for(world, "createReport", among=CONTENT_FAULTS)
    listings = listings_of(account, report.marketplace_ids[0])
    if fault and fault.kind == "half_snapshot":
        listings = listings[: len(listings) // 2]
    elif fault and fault.kind == "empty_snapshot":
        listings = []
    report.started_at = report.started_at or world.now()
    report.ended_at = world.now()
    if not _done(fault, has_rows=bool(listings)):
        report.status = "FATAL" if fault and fault.kind == "report_fatal" else "CANCELLED"
        if report.status == "FATAL":
            reason = b'{"errorDetails":"The report could not be made. Ask for it again."}'
            document = new_document(world, state_of(world, account), content_type="application/json", content=reason)
            report.document_id = document.id
        return
    content = listings_report(account, report.marketplace_ids[0], listings)
    report.data_start = report.data_end = world.now()
    publish(world, account, report, content, charset=REPORT_ENCODINGS[account.region][1])


def _done(fault: Fault | None, *, has_rows: bool) -> bool:
    if fault is None:
        return has_rows
    return fault.kind in ("empty_snapshot", "half_snapshot")


def publish(world: World, account: AmazonAccount, report: Report, content: bytes, *, charset: str | None) -> None:
    """Finish a report with its document. `charset` None: the storage names none, as for settlements."""
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    state = state_of(world, account)
    document = new_document(world, state, content_type=kind, content=content, report_type=report.type)
    report.document_id, report.status = document.id, "DONE"
    report.started_at = report.started_at or report.created_at
    report.ended_at = report.ended_at or world.now()
    state.reports[report.id] = report


def get_report(call: Call) -> Answer:
    """One report's status."""
    report = call.state.reports.get(call.path["reportId"])
    if report is None:
        raise Problem(404, "NotFound", "The report was not found.", call.path["reportId"])
    return Answer(_body(report), subject=report.id)


def get_reports(call: Call) -> Answer:
    """Reports newest first, at most 90 days back. A next token must come alone."""
    token = call.text("nextToken")
    if token is not None:
        if len(call.query) > 1:
            raise invalid("nextToken cannot be combined with other parameters")
        known = call.state.page_tokens.get(token)
        if known is None or known.payload.get("operation") != call.operation:
            raise invalid("nextToken is unknown")
        ids, size = known.payload["ids"], known.payload["size"]
    else:
        size = call.number("pageSize", default=10, most=100)
        ids = [report.id for report in _selected(call)]
    body: dict[str, Any] = {"reports": [_body(call.state.reports[each]) for each in ids[:size]]}
    if len(ids) > size:
        payload = {"operation": call.operation, "ids": ids[size:], "size": size}
        body["nextToken"] = call.state.issue_page_token(call.world, payload, seconds=24 * 3600)
    return Answer(body)


def _selected(call: Call) -> list[Report]:
    kinds = call.listed("reportTypes", most=10)
    if not kinds:
        raise invalid("Either reportTypes or nextToken is required")
    now = call.world.now()
    since = call.instant("createdSince") or now - KEPT
    until = call.instant("createdUntil") or now
    if since < now - KEPT:
        raise invalid("createdSince is more than 90 days ago")
    statuses = call.listed("processingStatuses", allowed=STATUSES)
    marketplaces = call.listed("marketplaceIds", most=10)
    found = [
        report
        for report in call.state.reports.values()
        if report.type in kinds
        and since <= report.created_at <= until
        and (not statuses or report.status in statuses)
        and (not marketplaces or set(marketplaces) & set(report.marketplace_ids))
    ]
    return sorted(found, key=lambda report: (report.created_at, report.id), reverse=True)


def get_report_document(call: Call) -> Answer:
    """Where the document lies; the url lives five minutes."""
    document = call.state.documents.get(call.path["reportDocumentId"])
    if document is None:
        raise Problem(404, "NotFound", "The report document was not found.", call.path["reportDocumentId"])
    decoded = call.text("enableContentEncodingUrlHeader") == "true"
    url = presign(call.world, document, call.base_url, decoded=decoded)
    body = {"reportDocumentId": document.id, "url": url}
    if document.compression:
        body["compressionAlgorithm"] = document.compression
    return Answer(body, subject=document.id)


def _body(report: Report) -> dict[str, Any]:
    def put(name: str, moment: datetime | None) -> dict[str, str]:
        return {} if moment is None else {name: stamp(moment)}

    body: dict[str, Any] = {
        "reportId": report.id,
        "reportType": report.type,
        "marketplaceIds": report.marketplace_ids,
        "createdTime": stamp(report.created_at),
        "processingStatus": report.status,
        **put("dataStartTime", report.data_start),
        **put("dataEndTime", report.data_end),
        **put("processingStartTime", report.started_at),
        **put("processingEndTime", report.ended_at),
    }
    if report.document_id:
        body["reportDocumentId"] = report.document_id
    return body
