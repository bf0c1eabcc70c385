"""The sandbox's control door over HTTP: a brand that stands still, and how people act in it.

A module that uses these fixtures says `pytest_plugins = ("tests.control_door",)`. PYTEST_DONT_REWRITE: such a module
has been imported before it is a plugin.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import Sandbox, running

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    plan = Plan(skus=80, history_orders=6, keyed_by_hand=False, order_trouble=True)
    with running(clock=SandboxClock(start=NOW, speed=0), plan=plan, enforce_rates=False) as found:
        yield found


@pytest.fixture
def door(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.url}/sandbox", timeout=10) as client:
        yield client


def told(door: httpx.Client, path: str, **body: Any) -> Any:
    answer = door.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
