"""`instep doctor`: is everything in order that the pipeline stands on? One line a check, and what to do about it.

A check that fails or breaks never stops the others. Nothing is changed anywhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from cli.health import Line, Patient, failed, from_error
from cli.main import FOUND, OK, TROUBLE, USAGE
from cli.output import say, write_json
from integration_assets.contracts.errors import ConfigurationError, InstepError

T = TypeVar("T")
STYLES = {"ok": "green", "warn": "yellow", "fails": "red"}
NAME_WIDTH = 22


def doctor(model: Path | None, *, as_json: bool) -> int:
    """Run every check and print its lines.

    2 when a person must mend the configuration, 3 when a shop or a store cannot be used, 1 for warnings only, 0 when
    all is well.
    """
    lines: list[Line] = []
    for line in examined(model, os.environ):
        lines.append(line)
        if not as_json:
            _show(line)
    if as_json:
        write_json([line.as_document() for line in lines])
    failures = [line for line in lines if line.state == "fails"]
    if failures:
        return USAGE if any(line.is_configuration for line in failures) else TROUBLE
    return FOUND if any(line.state == "warn" for line in lines) else OK


def examined(path: Path | None, env: Mapping[str, str]) -> Iterator[Line]:
    """The lines of all checks in order; without a model that loads, of those that need none."""
    from cli.health_here import NEEDS_NO_MODEL, OF_THIS_MACHINE
    from cli.health_there import OF_THE_SHOPS
    from resources.operating_model import default_path, load

    try:
        model = load(path)
    except ConfigurationError as error:
        yield from_error("operating model", error)
        for name, look in NEEDS_NO_MODEL:
            yield from _guarded(name, look, env)
        return
    patient = Patient(model, env)
    writes = "quantities are sent" if model.mode.stock_push == "live" else "preview: nothing is sent"
    yield Line("operating model", "ok", f"{default_path(env) if path is None else path}, {writes}")
    with patient:
        for name, check in (*OF_THIS_MACHINE, *OF_THE_SHOPS):
            yield from _guarded(name, check, patient)
    for name, look in NEEDS_NO_MODEL:
        yield from _guarded(name, look, env)


def _guarded(name: str, check: Callable[[T], Iterator[Line]], of: T) -> Iterator[Line]:
    try:
        yield from check(of)
    except InstepError as error:
        yield from_error(name, error)
    except Exception as error:  # noqa: BLE001 - a check that breaks must not stop the others
        yield failed(name, f"the check broke: {type(error).__name__}: {str(error).partition(chr(10))[0]}")


def _show(line: Line) -> None:
    told = line.told.replace("\n", "\n" + " " * (8 + NAME_WIDTH))
    rest = f"  {line.check:<{NAME_WIDTH}}{told}"
    todo = f"\n{' ' * (8 + NAME_WIDTH)}to do: {line.todo}" if line.todo else ""
    if not sys.stdout.isatty():
        say(f"{line.state:<6}{rest}{todo}")
        return
    from rich.console import Console
    from rich.text import Text

    styled = Text(f"{line.state:<6}", style=STYLES[line.state]).append(Text(rest + todo, style="default"))
    Console(highlight=False, soft_wrap=True).print(styled)
