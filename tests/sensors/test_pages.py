"""The operator page is for this machine and its private network; the world that may send webhooks does not see it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from sensors.pages import Pages
from sensors.receiver import receiver


class NoInbox:
    """A ledger that nobody needs here."""

    def receive_many(self, deliveries: object) -> list[bool]:  # noqa: ARG002 - the inbox's shape
        raise AssertionError

    def inbox_head(self) -> int:
        raise AssertionError


def ask(
    page: Path, path: str = "/", *, client: str = "127.0.0.1", host: str = "localhost:4300", **headers: str
) -> httpx.Response:
    pages = Pages(page)
    transport = httpx.ASGITransport(receiver(NoInbox(), ["secret"], "a.myshopify.com", pages), client=(client, 1))

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as caller:
            return await caller.get(path, headers=headers)

    return asyncio.run(get())


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "operator_page.html"
    path.write_text("<h1>Instep</h1>", encoding="utf-8")
    return path


@pytest.mark.parametrize("client", ["127.0.0.1", "10.0.0.7", "192.168.1.20", "::1"])
def test_a_neighbour_sees_the_page(page: Path, client: str) -> None:
    answer = ask(page, client=client)
    assert (answer.status_code, answer.text) == (200, "<h1>Instep</h1>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert "last-modified" in answer.headers


def test_a_neighbour_sees_the_runbook_beside_it_and_the_world_does_not(page: Path) -> None:
    page.with_name("runbook.html").write_text("<h1>Runbook</h1>", encoding="utf-8")
    assert ask(page, "/runbook.html").text == "<h1>Runbook</h1>"
    assert ask(page, "/runbook.html", client="198.41.0.4").status_code == 404
    assert ask(page, "/operator_page.html").status_code == 404


@pytest.mark.parametrize(
    ("client", "host", "headers"),
    [
        ("198.41.0.4", "localhost", {}),
        ("127.0.0.1", "hooks.example-brand.com", {}),
        ("127.0.0.1", "localhost", {"x-forwarded-for": "198.41.0.4"}),
        ("127.0.0.1", "localhost", {"forwarded": "for=198.41.0.4"}),
    ],
    ids=["from afar", "by the public name", "through a proxy", "through another proxy"],
)
def test_the_world_does_not(page: Path, client: str, host: str, headers: dict[str, str]) -> None:
    answer = ask(page, client=client, host=host, **headers)
    assert (answer.status_code, answer.text) == (404, "not here")


def test_before_it_is_written_it_says_how_it_is(tmp_path: Path) -> None:
    answer = ask(tmp_path / "none.html")
    assert answer.status_code == 503
    assert "instep sync --once" in answer.text
