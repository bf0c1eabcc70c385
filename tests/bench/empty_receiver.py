"""`python -m tests.bench.empty_receiver PORT`: the receiver's server with a handler that only says yes."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sensors.receiver import PATH, listening


async def webhook(request: Request) -> PlainTextResponse:
    """Keep nothing."""
    await request.body()
    return PlainTextResponse("stored")


async def healthz(_: Request) -> PlainTextResponse:
    """Say that it runs."""
    return PlainTextResponse("")


def main() -> None:
    """Serve until told to end."""
    app = Starlette(routes=[Route(PATH, webhook, methods=["POST"]), Route("/healthz", healthz, methods=["GET"])])
    with listening("127.0.0.1", int(sys.argv[1])) as listener:
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
