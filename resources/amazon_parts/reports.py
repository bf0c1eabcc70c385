"""Asking Amazon for a report and waiting for it: request, poll, fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from integration_assets.contracts.errors import BadDocument, InstepError, Unavailable
from integration_assets.rules.marketplaces import Marketplace
from resources.amazon_parts.client import AmazonClient, Answer
from resources.amazon_parts.documents import Content, Documents, Link
from resources.amazon_parts.encoding import encoding_of
from resources.amazon_parts.pages import pages
from resources.amazon_parts.parse import Report, objects, report, text
from resources.amazon_parts.text import shown

PENDING = frozenset({"IN_QUEUE", "IN_PROGRESS"})
POLL_FIRST_SECONDS = 2.0
POLL_LAST_SECONDS = 30.0
KEPT = timedelta(days=90) - timedelta(minutes=10)
"""Amazon refuses to look back further than 90 days; ten minutes are left for clocks that differ."""

PAGE = 100
TYPES_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class ReportDocument:
    """A report's content, unpacked, with the codec that reads it. It tells how things stood at `asked_at`."""

    content: bytes
    encoding: str
    report_id: str
    report_type: str
    asked_at: datetime


class Reports:
    """The reports of one account."""

    def __init__(self, client: AmazonClient, documents: Documents) -> None:
        self._client = client
        self._documents = documents

    def fresh(
        self, report_type: str, marketplace: Marketplace, *, max_age_seconds: float, wait_seconds: float
    ) -> ReportDocument:
        """A report of one marketplace: one that is at most `max_age_seconds` old, else a new one.

        Waits up to `wait_seconds` for Amazon to finish it. Raises Unavailable when Amazon is not done by then, and
        when it gives up on the report, with the reason it gives: that is never an empty marketplace.
        """
        asked_at = self._client.clock.now()
        known = self._recent(report_type, marketplace, asked_at, max_age_seconds) if max_age_seconds > 0 else None
        if known is None:
            body = {"reportType": report_type, "marketplaceIds": [marketplace.marketplace_id]}
            answer = self._client.call(
                "createReport",
                lambda library: library.reports.create_report(**body),
                about=f"{report_type} of {marketplace.country}",
                expects=("reportId",),
            )
            report_id = text(answer.body, "reportId", "a report request")
        else:
            report_id, asked_at = known.report_id, known.created_at
        finished = self._finished(report_id, marketplace.country, wait_seconds)
        return self.document(finished, country=marketplace.country, asked_at=asked_at)

    def document(self, finished: Report, *, country: str, asked_at: datetime | None = None) -> ReportDocument:
        """The content of a report that is DONE. BadDocument when it is damaged, foreign or not there."""
        if finished.document_id is None:
            raise BadDocument(f"Report {finished.report_id} ({finished.report_type}) has no document.")
        content = self._content(finished.document_id)
        return ReportDocument(
            content=content.data,
            encoding=encoding_of(content.data, charset=content.charset, country=country),
            report_id=finished.report_id,
            report_type=finished.report_type,
            asked_at=asked_at or finished.created_at,
        )

    def raw(self, finished: Report) -> bytes:
        """The content of a DONE report, unpacked, byte for byte. BadDocument when it is damaged or not there."""
        if finished.document_id is None:
            raise BadDocument(f"Report {finished.report_id} ({finished.report_type}) has no document.")
        return self._content(finished.document_id).data

    def listed(self, report_types: Sequence[str], since: datetime, *, statuses: Sequence[str] = ()) -> list[Report]:
        """Reports of these types (at most ten) created since then; further back than 90 days Amazon keeps none."""
        return list(self._listed(report_types, since, statuses=statuses))

    def _listed(
        self,
        report_types: Sequence[str],
        since: datetime,
        *,
        statuses: Sequence[str] = (),
        marketplace_ids: Sequence[str] = (),
    ) -> Iterator[Report]:
        if not 1 <= len(report_types) <= TYPES_AT_ONCE:
            raise InstepError(f"getReports takes 1 to {TYPES_AT_ONCE} report types, found {len(report_types)}.")
        earliest = self._client.clock.now() - KEPT
        first = {
            "reportTypes": list(report_types),
            "processingStatuses": list(statuses) or None,
            "marketplaceIds": list(marketplace_ids) or None,
            "createdSince": max(since, earliest).isoformat(timespec="seconds"),
            "pageSize": PAGE,
        }

        def fetch(token: str | None) -> Answer:
            query = first if token is None else {"nextToken": token}  # Amazon wants the token alone
            return self._client.call(
                "getReports", lambda library: library.reports.get_reports(**query), expects=("reports",)
            )

        for page in pages(fetch, rows_of=lambda body: body["reports"], token_of=lambda body: body.get("nextToken")):
            yield from map(report, objects(page.body, "reports", "getReports"))

    def _recent(
        self, report_type: str, marketplace: Marketplace, now: datetime, max_age_seconds: float
    ) -> Report | None:
        wanted = (marketplace.marketplace_id,)
        candidates = [
            one
            for one in self._listed(
                [report_type],
                now - timedelta(seconds=max_age_seconds),
                statuses=("DONE", "IN_PROGRESS", "IN_QUEUE"),
                marketplace_ids=wanted,
            )
            if one.marketplace_ids == wanted
        ]
        return max(candidates, key=lambda one: one.created_at, default=None)

    def _finished(self, report_id: str, country: str, wait_seconds: float) -> Report:
        deadline = self._client.clock.monotonic() + wait_seconds
        pause = POLL_FIRST_SECONDS
        while True:
            answer = self._client.call(
                "getReport",
                lambda library: library.reports.get_report(report_id),
                about=report_id,
                expects=("reportId", "processingStatus"),
            )
            seen = report(answer.body)
            if seen.status == "DONE":
                return seen
            if seen.status not in PENDING:
                raise self._given_up(seen, country, answer)
            if self._client.clock.monotonic() >= deadline:
                raise Unavailable(
                    f"Report {report_id} ({seen.report_type}) is still {seen.status} after {wait_seconds:.0f} s.",
                    todo="It is asked for again in the next run.",
                    operation="getReport",
                    request_id=answer.request_id,
                )
            self._client.clock.sleep(pause)
            pause = min(pause * 1.5, POLL_LAST_SECONDS)

    def _given_up(self, seen: Report, country: str, answer: Answer) -> Unavailable:
        """CANCELLED, FATAL, or a status of tomorrow, with the beginning of the document that explains it."""
        reason = "Amazon gives no reason"
        if seen.document_id is not None:
            try:
                content = self._content(seen.document_id)
                codec = encoding_of(content.data, charset=content.charset, country=country)
                reason = shown(content.data.decode(codec), 200)
            except InstepError as error:
                reason = f"its reason could not be read ({shown(str(error), 120)})"
        elif seen.status == "CANCELLED":
            reason = "asked for too often, cancelled by somebody, or nothing to tell"
        return Unavailable(
            f"Report {seen.report_id} ({seen.report_type}) of {country} is {seen.status}: {reason}.",
            todo="Nothing was read; it is asked for again in the next run.",
            operation="getReport",
            code=seen.status,
            request_id=answer.request_id,
        )

    def _content(self, document_id: str) -> Content:
        def link() -> Link:
            answer = self._client.call(
                "getReportDocument",
                lambda library: library.reports.get_report_document(document_id),
                about=document_id,
                expects=("url",),
            )
            return link_of(answer.body)

        return self._documents.download(link)


def link_of(body: Mapping[str, object]) -> Link:
    """The link in the answer of getReportDocument or getFeedDocument. BadDocument for a compression we do not know."""
    compression = body.get("compressionAlgorithm")
    if compression not in (None, "", "GZIP"):
        raise BadDocument(f"A document is compressed with {shown(str(compression), 40)}; expected GZIP or nothing.")
    return Link(text(body, "url", "a document"), gzipped=compression == "GZIP")
