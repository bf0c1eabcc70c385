"""Report and feed documents: fetched and stored by ourselves, as bytes, from Amazon's store and nowhere else.

The library would decode with a guess, cut short without a word and send whatever it was given. A document is taken
whole or not at all.
"""

from __future__ import annotations

import random
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import httpx

from integration_assets.contracts.errors import BadDocument, Unavailable
from resources.amazon_parts.text import backoff, shown
from resources.clock import Clock
from resources.gzipped import STEP, Damaged, unpacked
from resources.trust import trusted

STORE_SUFFIX = ".amazonaws.com"
ATTEMPTS = 4
READ_SECONDS = 60.0
CONNECT_SECONDS = 10.0
WHOLE_SECONDS = 1800.0
"""Longest time a download may take, however steadily it drips."""

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be, in bytes."""

    compressed: int = 512 * MEBIBYTE
    content: int = 1024 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Link:
    """A presigned address; it works for five minutes. `gzipped` is Amazon's `compressionAlgorithm`."""

    url: str
    gzipped: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A document's bytes, unpacked, and the charset its store declares, if any."""

    data: bytes
    charset: str | None


class LinkExpired(BadDocument):
    """The store refuses the link: it has expired. A new link to the same document will do."""


class Documents:
    """Downloads and uploads for one account. `account_url` is the one other place that a document may lie."""

    def __init__(
        self,
        account_url: str,
        clock: Clock,
        *,
        transport: httpx.BaseTransport | None = None,
        dice: random.Random | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._account = httpx.URL(account_url)
        self._clock = clock
        self._transport = transport
        self._dice = dice or random.Random()
        self._limits = limits or Limits()

    def download(self, link: Callable[[], Link]) -> Content:
        """Fetch the document behind `link()`, which is asked again when the link has expired.

        Raises BadDocument for what is damaged, foreign or no document at all, and Unavailable when the store cannot
        be reached. A document that came damaged is fetched again before it is given up.
        """
        here = link()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._fetch(here)
            except (LinkExpired, Damaged, Unavailable) as error:
                if attempt == ATTEMPTS:
                    raise
                if isinstance(error, LinkExpired):
                    here = link()
                else:
                    self._clock.sleep(backoff(attempt, self._dice))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def upload(self, link: Link, data: bytes, content_type: str) -> None:
        """Store `data` under exactly `content_type`, which is part of what Amazon has signed. Nothing is applied by it.

        Raises LinkExpired, or Unavailable when the store does not take it.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._put(link, data, content_type)
            except Unavailable:
                if attempt == ATTEMPTS:
                    raise
                self._clock.sleep(backoff(attempt, self._dice))
            else:
                return

    def _fetch(self, link: Link) -> Content:
        deadline = self._clock.monotonic() + WHOLE_SECONDS
        with self._answer("GET", link.url) as response:
            self._check_status(response, link.url)
            if "html" in response.headers.get("content-type", "").lower():
                raise BadDocument(f"The document at {place(link.url)} is a web page: {_excerpt(response)}")
            length = _length(response, link.url)
            if length is not None and length > self._limits.compressed:
                raise _too_large(link.url, self._limits.compressed)
            arrived = Arrived(response.iter_raw(STEP), length, link.url, self._limits.compressed)
            gzipped = link.gzipped or response.headers.get("content-encoding", "").lower() == "gzip"
            target = BytesIO()
            for piece in unpacked(arrived) if gzipped else arrived:
                target.write(piece)
                if target.tell() > self._limits.content:
                    raise _too_large(link.url, self._limits.content)
                if self._clock.monotonic() > deadline:
                    raise Unavailable(f"The document at {place(link.url)} took longer than {WHOLE_SECONDS:.0f} s.")
            charset = response.charset_encoding
        data = target.getvalue()
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            raise BadDocument(f"The document at {place(link.url)} is a page, not a report: {_beginning(data)}")
        return Content(data, charset)

    def _put(self, link: Link, data: bytes, content_type: str) -> None:
        with self._answer("PUT", link.url, data=data, content_type=content_type) as response:
            self._check_status(response, link.url)

    def _check_status(self, response: httpx.Response, url: str) -> None:
        status = response.status_code
        if response.is_success:
            return
        if status == httpx.codes.FORBIDDEN:
            raise LinkExpired(f"The link to the document at {place(url)} has expired or was refused (403).")
        if status >= 500 or status in {408, 429}:
            raise Unavailable(f"The document store at {place(url)} answered {status}.", status=status)
        raise BadDocument(f"The document store at {place(url)} answered {status}: {_excerpt(response)}")

    @contextmanager
    def _answer(self, method: str, url: str, *, data: bytes = b"", content_type: str = "") -> Iterator[httpx.Response]:
        """The store's answer, unread. No token goes along, no redirect is followed, and no link is logged.

        The transport is used without `httpx.Client`, which would log the signed address.
        """
        target = self._allowed(url)
        headers = {"accept-encoding": "identity", **({"content-type": content_type} if content_type else {})}
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        request = httpx.Request(
            method, target, headers=headers, content=data or None, extensions={"timeout": timeout.as_dict()}
        )
        transport = self._transport or _transport_to(target)
        try:
            response = transport.handle_request(request)
            try:
                yield response
            finally:
                response.close()
        except httpx.TransportError as error:
            if method == "GET" and isinstance(error, httpx.RemoteProtocolError):
                raise Damaged(f"The document at {place(url)} broke off before its end.") from error
            raise Unavailable(
                f"The document store at {place(url)} cannot be reached: {type(error).__name__}."
            ) from error
        finally:
            if self._transport is None:
                transport.close()

    def _allowed(self, url: str) -> httpx.URL:
        """The address, when it is Amazon's store over https or the account's own url. BadDocument for any other."""
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL:
            target = httpx.URL("")
        amazon = target.scheme == "https" and target.host.endswith(STORE_SUFFIX) and target.port is None
        own = (target.scheme, target.host, target.port) == (
            self._account.scheme,
            self._account.host,
            self._account.port,
        )
        if target.userinfo or not target.host or not (amazon or own):
            raise BadDocument(
                f"Amazon points to a document at {place(url)}; expected https and a host of {STORE_SUFFIX[1:]}.",
                todo="It was not fetched. Check the url of the account in operating_model.toml.",
            )
        return target


class Arrived:
    """The raw pieces of a download: counted, capped, and complete to the last byte or refused."""

    def __init__(self, pieces: Iterable[bytes], length: int | None, url: str, limit: int) -> None:
        self._pieces = pieces
        self._length = length
        self._url = url
        self._limit = limit

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for piece in self._pieces:
            seen += len(piece)
            if seen > self._limit:
                raise _too_large(self._url, self._limit)
            yield piece
        if self._length is not None and seen != self._length:
            raise Damaged(f"The document at {place(self._url)} has {seen} bytes of {self._length}.")


def place(url: str) -> str:
    """Scheme, host and port of an address: the rest is a signature, which is a secret."""
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL:
        return "an unreadable address"
    port = f":{target.port}" if target.port else ""
    return shown(f"{target.scheme}://{target.host}{port}", 120)


def _length(response: httpx.Response, url: str) -> int | None:
    """The announced length in bytes, None for a chunked answer (the HTTP layer checks it), BadDocument for neither."""
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit():
        return int(announced)
    if response.headers.get("transfer-encoding", "").lower() == "chunked":
        return None
    raise BadDocument(f"The document at {place(url)} comes without its length, so it cannot be known to be whole.")


def _excerpt(response: httpx.Response) -> str:
    """The first 200 characters of a refusal."""
    taken = b""
    for piece in response.iter_raw(1024):
        taken += piece
        if len(taken) >= 1024:
            break
    return _beginning(taken)


def _beginning(data: bytes) -> str:
    return shown(data[:1024].decode("utf-8", errors="replace"), 200)


def _too_large(url: str, limit: int) -> BadDocument:
    return BadDocument(f"The document at {place(url)} is larger than {limit // MEBIBYTE} MiB; it is refused.")


def _transport_to(url: httpx.URL) -> httpx.HTTPTransport:
    """A transport to the store, through the machine's proxy where it has one."""
    proxy = None
    if not urllib.request.proxy_bypass(url.host):
        proxies = urllib.request.getproxies()
        proxy = proxies.get(url.scheme) or proxies.get("all")
    return httpx.HTTPTransport(verify=trusted(), proxy=proxy)
