"""Documents are taken whole, from Amazon's store, or not at all."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import httpx
import pytest

from integration_assets.contracts.errors import BadDocument, Unavailable
from resources.amazon_parts.documents import Content, Documents, Limits, Link, LinkExpired
from resources.amazon_parts.encoding import encoding_of
from resources.clock import ManualClock
from resources.gzipped import unpacked
from tests.unit.amazon_answers import START, STORE, URL, Answering, Reply, Stand, document, served

ROWS = "".join(f"SKU-{number}\t{number * 7919 % 997}\tGröße {number}\n" for number in range(400)).encode()
SIGNED = f"{STORE}/report?X-Amz-Signature=canary-signature"
WHAT = "GET /report"


def documents(stand: Stand, *, limits: Limits | None = None, account_url: str = URL) -> Documents:
    return Documents(
        account_url, ManualClock(START), transport=httpx.MockTransport(stand), dice=random.Random(7), limits=limits
    )


def download(*replies: Answering, packed: bool = False, url: str = SIGNED, limits: Limits | None = None) -> Content:
    return documents(Stand().on(WHAT, *replies), limits=limits).download(lambda: Link(url, gzipped=packed))


def test_a_document_arrives_as_its_bytes_with_the_charset_the_store_declares() -> None:
    found = download(document(ROWS, packed=True, content_type="text/plain; charset=Cp1252"), packed=True)
    assert (found.data, found.charset) == (ROWS, "cp1252")
    assert download(document(ROWS)).charset is None


def test_nothing_secret_goes_to_the_store() -> None:
    stand = Stand().on(WHAT, document(ROWS))
    documents(stand).download(lambda: Link(SIGNED))
    (asked,) = stand.asked
    assert asked.target == "/report?X-Amz-Signature=canary-signature"
    assert sorted(asked.headers) == ["accept-encoding", "host"]
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "url",
    [
        "http://store-eu.s3.eu-west-1.amazonaws.com/report",
        "https://amazonaws.com.evil.example/report",
        "https://store.s3.amazonaws.com@evil.example/report",
        "https://evilamazonaws.com/report",
        "https://store.s3.amazonaws.com:8443/report",
        "https://d34o8swod1owfl.cloudfront.net/report",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9000/report",
        "file:///etc/passwd",
        "//store.s3.amazonaws.com/report",
        "",
        "http://[::1",
    ],
)
def test_a_document_from_anywhere_else_is_not_fetched(url: str) -> None:
    stand = Stand()
    with pytest.raises(BadDocument, match="It was not fetched"):
        documents(stand).download(lambda: Link(url))
    with pytest.raises(BadDocument, match="It was not fetched"):
        documents(stand).upload(Link(url), b"x", "text/plain")
    assert stand.asked == []


def test_the_accounts_own_address_may_hold_documents() -> None:
    stand = Stand().on(WHAT, document(ROWS))
    found = documents(stand, account_url="http://127.0.0.1:4400").download(lambda: Link("http://127.0.0.1:4400/report"))
    assert found.data == ROWS
    with pytest.raises(BadDocument):
        documents(stand, account_url="http://127.0.0.1:4400").download(lambda: Link("http://127.0.0.1:4401/report"))


def test_a_redirect_is_not_followed() -> None:
    stand = Stand().on(WHAT, Reply(302, b"", {"location": "http://169.254.169.254/"}))
    with pytest.raises(BadDocument, match="answered 302"):
        documents(stand).download(lambda: Link(SIGNED))
    assert len(stand.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html><body>Sign in</body></html>", {"content-type": "text/html;charset=utf-8"}),
        Reply(200, b"\n <!DOCTYPE html><p>Sign in", {"content-type": "text/plain"}),
        Reply(200, b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>", {"content-type": "text/plain"}),
    ],
    ids=["as html", "as text", "the store's error"],
)
def test_a_page_is_not_a_report(reply: Reply) -> None:
    with pytest.raises(BadDocument, match="page"):
        download(reply)


def test_an_expired_link_is_replaced_and_not_the_report() -> None:
    stand = Stand().on("GET /old", Reply(403, b"<Error>Request has expired</Error>")).on("GET /new", document(ROWS))
    links = iter([Link(f"{STORE}/old"), Link(f"{STORE}/new")])
    assert documents(stand).download(lambda: next(links)).data == ROWS


def test_a_link_that_is_always_refused_is_given_up() -> None:
    with pytest.raises(LinkExpired, match="has expired or was refused"):
        download(Reply(403, b""))


@pytest.mark.parametrize(
    "failure",
    [
        Reply(503),
        Reply(fault="drop"),
        Reply(fault="hang"),
        document(gzip.compress(ROWS)[:-3]),
        httpx.ConnectError("no"),
    ],
    ids=["503", "hang-up", "timeout", "cut", "refused"],
)
def test_a_download_that_fails_is_tried_again(failure: Answering) -> None:
    assert download(failure, failure, document(ROWS, packed=True), packed=True).data == ROWS


def test_a_store_that_stays_away_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="answered 503"):
        download(Reply(503))
    with pytest.raises(Unavailable, match="cannot be reached: ConnectError"):
        download(httpx.ConnectError("no"))


def test_no_error_shows_the_signature() -> None:
    for reply in (Reply(403), Reply(503), Reply(404, b"none"), document(ROWS[:-1], packed=True), Reply(fault="drop")):
        with pytest.raises((BadDocument, Unavailable)) as found:
            download(reply, packed=True, limits=Limits(content=100))
        assert "canary" not in str(found.value)
        assert "https://store-eu.s3.eu-west-1.amazonaws.com" in str(found.value)


def test_a_body_shorter_than_announced_is_refused() -> None:
    cut = Reply(200, ROWS[:-10], {"content-length": str(len(ROWS)), "content-type": "text/plain"})
    with pytest.raises(BadDocument, match=f"has {len(ROWS) - 10} bytes of {len(ROWS)}"):
        download(cut)


def test_a_body_shorter_than_announced_is_refused_over_real_http() -> None:
    stand = Stand().on(WHAT, Reply(200, ROWS[:-10], {"content-length": str(len(ROWS)), "connection": "close"}))
    with served(stand) as url, pytest.raises(BadDocument, match="broke off before its end"):
        Documents(url, ManualClock(START)).download(lambda: Link(f"{url}/report"))


def test_a_body_without_a_length_cannot_be_known_to_be_whole() -> None:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(ROWS))

    keeper = Documents(URL, ManualClock(START), transport=httpx.MockTransport(handle))
    with pytest.raises(BadDocument, match="comes without its length"):
        keeper.download(lambda: Link(SIGNED))


def test_a_chunked_body_is_whole_when_its_last_chunk_came() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (ROWS[:100], ROWS[100:])) + b"0\r\n\r\n"
    headers = {"transfer-encoding": "chunked", "connection": "close", "content-type": "text/plain"}
    stand = Stand().on(WHAT, Reply(200, chunks, headers), Reply(200, chunks[:-5], headers))
    with served(stand, measured=False) as url:
        keeper = Documents(url, ManualClock(START))
        assert keeper.download(lambda: Link(f"{url}/report")).data == ROWS
        with pytest.raises(BadDocument, match="broke off"):
            keeper.download(lambda: Link(f"{url}/report"))


def test_a_document_over_the_limit_is_refused() -> None:
    with pytest.raises(BadDocument, match="larger than 1 MiB"):
        download(document(b"x" * (1024 * 1024 + 1)), limits=Limits(content=1024 * 1024))
    with pytest.raises(BadDocument, match="larger than 1 MiB"):
        download(document(b"x" * (1024 * 1024 + 1)), limits=Limits(compressed=1024 * 1024))


def test_a_gzip_bomb_is_refused_before_it_has_grown() -> None:
    bomb = gzip.compress(b"\0" * 80_000_000)
    with pytest.raises(BadDocument, match="more than 250 times its size"):
        download(document(bomb), packed=True)


def test_a_document_declared_plain_and_stored_as_gzip_is_unpacked() -> None:
    packed = Reply(200, gzip.compress(ROWS), {"content-type": "text/plain", "content-encoding": "gzip"})
    assert download(packed).data == ROWS
    assert download(packed, packed=True).data == ROWS


def unpack(data: bytes, *, step: int = 64) -> bytes:
    return b"".join(unpacked(data[at : at + step] for at in range(0, len(data), step)))


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_several_gzip_members_are_one_document(step: int) -> None:
    assert unpack(gzip.compress(ROWS[:500]) + gzip.compress(b"") + gzip.compress(ROWS[500:]), step=step) == ROWS


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(ROWS) + b"garbage",
        gzip.compress(ROWS) + b"\0\0\0\0",
        b"",
        ROWS,
        zlib.compress(ROWS),
        gzip.compress(ROWS) + gzip.compress(ROWS)[:20],
    ],
    ids=["garbage at its end", "zeros at its end", "empty", "not packed", "zlib", "a second member cut"],
)
def test_a_gzip_document_is_nothing_but_whole_members(data: bytes) -> None:
    with pytest.raises(BadDocument):
        unpack(data)


def outcome(attempt: Callable[..., bytes], *arguments: object, **options: object) -> bytes | None:
    try:
        return attempt(*arguments, **options)
    except BadDocument:
        return None


def test_none_of_a_thousand_truncations_is_accepted() -> None:
    dice = random.Random(19)
    packed = gzip.compress(ROWS, mtime=0)
    cuts = [dice.randrange(len(packed)) for _ in range(1000)]
    assert [cut for cut in cuts if outcome(unpack, packed[:cut]) is not None] == []


def test_none_of_a_thousand_cut_downloads_is_accepted_packed_or_plain() -> None:
    dice = random.Random(20)
    for packed in (True, False):
        body = gzip.compress(ROWS, mtime=0) if packed else ROWS
        headers = {"content-length": str(len(body)), "content-type": "text/plain"}
        for _ in range(500):
            cut = Reply(200, body[: dice.randrange(len(body))], headers)
            assert outcome(lambda *given, packed: download(*given, packed=packed).data, cut, packed=packed) is None


def test_none_of_a_thousand_flipped_bytes_changes_a_document() -> None:
    """Bytes 4 to 9 say when and on what system it was packed: no checksum covers them, and no content hangs on them."""
    dice = random.Random(21)
    packed = gzip.compress(ROWS, mtime=0)
    harmless = range(4, 10)
    for _ in range(1000):
        at = dice.randrange(len(packed))
        flipped = bytearray(packed)
        flipped[at] ^= dice.randrange(1, 256)
        found = outcome(unpack, bytes(flipped))
        assert found == ROWS if at in harmless else found is None


def test_an_upload_carries_exactly_the_content_type_and_the_bytes() -> None:
    stand = Stand().on("PUT /upload", Reply(200))
    documents(stand).upload(Link(f"{STORE}/upload?X-Amz-Signature=s"), b"{}", "application/json; charset=UTF-8")
    (asked,) = stand.asked
    assert (asked.body, asked.headers["content-type"]) == (b"{}", "application/json; charset=UTF-8")
    assert asked.headers["content-length"] == "2"
    assert "x-amz-access-token" not in asked.headers


def test_an_upload_that_fails_is_tried_again_and_then_unavailable() -> None:
    stand = Stand().on("PUT /upload", Reply(500), Reply(fault="drop"), Reply(200))
    documents(stand).upload(Link(f"{STORE}/upload"), b"{}", "application/json")
    assert len(stand.asked) == 3
    stand.on("PUT /upload", Reply(500))
    with pytest.raises(Unavailable, match="answered 500"):
        documents(stand).upload(Link(f"{STORE}/upload"), b"{}", "application/json")


@pytest.mark.parametrize(
    ("content", "charset", "country", "codec", "text"),
    [
        ("Größe €".encode("cp1252"), "Cp1252", "DE", "cp1252", "Größe €"),
        ("Größe €".encode("cp1252"), "ISO-8859-1", "DE", "cp1252", "Größe €"),
        ("商品名①".encode("cp932"), "Windows-31J", "JP", "cp932", "商品名①"),
        ("商品名①".encode("cp932"), "Shift_JIS", "JP", "cp932", "商品名①"),
        ("Größe".encode(), "utf8", "UK", "utf-8", "Größe"),
        ("Größe".encode("utf-8-sig"), None, "DE", "utf-8-sig", "Größe"),
        ("Größe".encode("utf-8-sig"), "Cp1252", "DE", "utf-8-sig", "Größe"),
        ("Größe".encode("utf-16"), None, "DE", "utf-16", "Größe"),
        ("Größe".encode(), None, "DE", "utf-8", "Größe"),
        ("Größe €".encode("cp1252"), None, "DE", "cp1252", "Größe €"),
        ("商品名①".encode("cp932"), None, "JP", "cp932", "商品名①"),
        ("Größe".encode("cp1252"), "utf-8", "DE", "cp1252", "Größe"),
        ("Größe".encode(), "klingon", "DE", "utf-8", "Größe"),
        ("Größe".encode(), "hex", "DE", "utf-8", "Größe"),
        (b"plain", None, "JP", "utf-8", "plain"),
    ],
    ids=[
        "declared", "latin-1 means Windows", "Windows-31J", "Shift_JIS means Windows", "utf8", "a mark",
        "a mark beats the charset", "UTF-16", "UTF-8", "Windows at last", "Japanese Windows at last",
        "a charset that does not fit", "a charset nobody knows", "a charset that is no text", "ASCII",
    ],
)  # fmt: skip
def test_the_encoding_is_declared_marked_or_the_first_that_reads_every_byte(
    content: bytes, charset: str | None, country: str, codec: str, text: str
) -> None:
    found = encoding_of(content, charset=charset, country=country)
    assert (found, content.decode(found)) == (codec, text)


def test_a_report_in_no_encoding_is_refused_rather_than_filled_with_question_marks() -> None:
    with pytest.raises(BadDocument, match="in no encoding that Amazon uses"):
        encoding_of(b"Gr\xf6\xdfe \x81\x8d", charset=None, country="DE")
