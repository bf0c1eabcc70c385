"""The operator page at the receiver's `/`, the runbook beside it: for this machine and its private network only.

The receiver has a public address, so that Shopify can reach it; the pages tell of the brand's business. They are shown
only to a private address that did not come through a proxy and did not ask for the public name.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

PAGE = "operator_page.html"
RUNBOOK = "runbook.html"
THROUGH_A_PROXY = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "cf-connecting-ip")
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The page at `path` and the runbook in its folder, kept from whoever asks from outside, or by a public name."""

    path: Path

    async def show(self, request: Request) -> Response:
        """The page as it is now; 404 for the world, 503 before it was first written."""
        return self._file(request, self.path)

    async def show_runbook(self, request: Request) -> Response:
        """The runbook, in the same way."""
        return self._file(request, self.path.with_name(RUNBOOK))

    def _file(self, request: Request, path: Path) -> Response:
        if not self.is_for(request):
            return PlainTextResponse("not here", status_code=404)
        if not path.is_file():
            return PlainTextResponse(
                "The operator page has not been written yet: run `instep sync --once`.", status_code=503
            )
        return FileResponse(path, media_type="text/html; charset=utf-8", headers=HEADERS)

    def is_for(self, request: Request) -> bool:
        """Whether whoever asks is on this machine or in its private network."""
        if any(name in request.headers for name in THROUGH_A_PROXY):
            return False
        # The plainest proxy names nobody it asks for: it speaks HTTP/1.0, or asks by a name that is not ours.
        if request.scope.get("http_version") == "1.0" or not _is_private(request.url.hostname or ""):
            return False
        return request.client is not None and _is_private(request.client.host)


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_private
