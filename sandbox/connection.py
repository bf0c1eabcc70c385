"""Cutting a connection in the middle of a call, for the faults of both services."""

from __future__ import annotations

import asyncio

from starlette.types import Send


async def cut(send: Send) -> None:
    """Abort the connection behind an ASGI `send` without an answer.

    `send` must be uvicorn's own, not one that a middleware has wrapped.
    """
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]  # uvicorn's request cycle
    transport.abort()
    # The protocol learns of it in the next turns of the loop; only then may the call end without an answer.
    for _ in range(3):
        await asyncio.sleep(0)
