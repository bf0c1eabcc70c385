"""Where report and feed documents lie: presigned urls that live five minutes, uploads, downloads and their faults."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import timedelta

from sandbox.amazon.state import URL_SECONDS, Document, ServiceState, state_of
from sandbox.faults import fault_for
from sandbox.requests import log
from sandbox.world import World

DOWNLOAD = "downloadDocument"
UPLOAD = "uploadDocument"
FAULTS = ("truncated_document", "corrupt_gzip", "html_document", "expired_url")
HTML = b"<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h1>Sorry</h1></body></html>"


@dataclass
class Reply:
    """What the storage answers."""

    status: int
    content_type: str
    body: bytes
    content_encoding: str | None = None


def new_document(
    world: World, state: ServiceState, *, content_type: str | None, content: bytes | None, report_type: str = ""
) -> Document:
    """Store a document; content is kept gzipped, as Amazon keeps reports and results."""
    document = Document(
        id=f"amzn1.spdoc.1.4.{state.dice.getrandbits(64):016x}.{world.next_id()}",
        content_type=content_type,
        compression="GZIP" if content is not None else None,
        content=gzip.compress(content, 6, mtime=0) if content is not None else None,
        report_type=report_type,
    )
    state.documents[document.id] = document
    return document


def presign(world: World, document: Document, base_url: str, *, decoded: bool = False) -> str:
    """A url for the document, good for five minutes of sandbox time from now."""
    document.url_expires_at = world.now() + timedelta(seconds=URL_SECONDS)
    mark = int(document.url_expires_at.timestamp())
    tail = "&content-encoding=gzip" if decoded else ""
    return f"{base_url}/documents/{document.id}?X-Amz-Expires=300&X-Amz-Mark={mark}{tail}"


def download(world: World, document_id: str, query: dict[str, list[str]]) -> Reply:
    """The bytes of a document. Storage errors are XML, as the real storage answers them."""
    document = _find(world, document_id)
    fault = fault_for(world, DOWNLOAD, among=FAULTS)
    kind = fault.kind if fault else ""
    if document is None or document.content is None:
        reply = _xml(404, "NoSuchKey", "The specified key does not exist.")
    elif kind == "expired_url" or _expired(world, document, query):
        reply = _xml(403, "AccessDenied", "Request has expired")
    elif kind == "html_document":
        reply = Reply(200, "text/html", HTML)
    else:
        content = document.content
        if kind == "truncated_document":
            content = content[: len(content) * 2 // 3]
        elif kind == "corrupt_gzip":
            content = content[:-8] + bytes(255 - byte for byte in content[-8:-4]) + content[-4:]
        encoding = "gzip" if query.get("content-encoding") == ["gzip"] and document.compression else None
        reply = Reply(200, document.content_type or "application/octet-stream", content, encoding)
    _log(world, DOWNLOAD, "GET", document_id, reply, effect="")
    return reply


def upload(world: World, document_id: str, query: dict[str, list[str]], content_type: str | None, body: bytes) -> Reply:
    """Take the bytes of a feed. The content type must be exactly the one the document was made with."""
    document = _find(world, document_id)
    if document is None:
        reply = _xml(404, "NoSuchKey", "The specified key does not exist.")
    elif _expired(world, document, query):
        reply = _xml(403, "AccessDenied", "Request has expired")
    elif content_type != document.content_type:
        reply = _xml(403, "SignatureDoesNotMatch", f"The content type was signed as {document.content_type}")
    else:
        document.content = body
        reply = Reply(200, "application/xml", b"")
    _log(world, UPLOAD, "PUT", document_id, reply, effect=f"{len(body)} bytes" if reply.status == 200 else "")
    return reply


def _find(world: World, document_id: str) -> Document | None:
    for account in world.accounts.values():
        if document := state_of(world, account).documents.get(document_id):
            return document
    return None


def _expired(world: World, document: Document, query: dict[str, list[str]]) -> bool:
    mark = query.get("X-Amz-Mark", [""])[0]
    return not mark.isdigit() or world.now().timestamp() > int(mark) or document.url_expires_at is None


def _xml(status: int, code: str, message: str) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, "application/xml", body.encode())


def _log(world: World, operation: str, method: str, document_id: str, reply: Reply, *, effect: str) -> None:
    log(
        world,
        service="amazon",
        operation=operation,
        method=method,
        path=f"/documents/{document_id}",
        status=reply.status,
        outcome="ok" if reply.status < 400 else "refused",
        effect=effect,
        subject=document_id,
    )
