"""Every command that a text tells a person to type exists, with these options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from cli.main import app
from integration_assets.rules.exceptions import CATALOGUE
from tests.system.cli_stage import ROOT

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])
PRODUCT = ("integration_assets", "resources", "sensors", "cli")
QUOTED = re.compile(r"`instep ([^`]+)`")
NUMBER = re.compile(r"\bNUMBER\b")
TYPED = re.compile(r"^\$ (?:[A-Z_]+=\S* )?instep (.*?)(?: [|>].*)?$", re.MULTILINE)


def mistake_in(typed: str) -> str:
    """Why a line after `instep` cannot be typed; empty when it can. A command's bare name may stand for it."""
    name, *arguments = shlex.split(NUMBER.sub("1", typed))
    if name not in COMMANDS and name != "--help":
        return f"instep {typed}: there is no command {name!r}"
    if not arguments:
        return ""
    try:
        COMMANDS[name].make_context(name, arguments)
    except UsageError as error:
        return f"instep {typed}: {error}"
    return ""


def told_by_the_product() -> Iterator[str]:
    """Every command in backticks in the product's own text; what is filled in at run time is a word."""
    for package in PRODUCT:
        for file in sorted((ROOT / package).rglob("*.py")):
            for typed in QUOTED.findall(file.read_text(encoding="utf-8")):
                yield re.sub(r"\{[^{}]*\}", "X", typed).replace("SKU", "X") if typed != "SKU" else typed


def test_every_command_in_a_message_or_docstring_exists_with_its_options() -> None:
    told = list(told_by_the_product())
    assert "sync --once" in told
    assert [mistake for typed in told if (mistake := mistake_in(typed))] == []


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_step_of_the_catalogue_can_be_typed(kind: str) -> None:
    entry = CATALOGUE[kind]
    facts = {**dict.fromkeys(entry.facts, "x"), "region": "eu", "seller_sku": "-10 'PACK", "source": "amazon.listings"}
    steps = entry.steps_for(**facts)
    assert [mistake for step in steps for typed in QUOTED.findall(step) if (mistake := mistake_in(typed))] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: Path(page).name)
def test_every_command_in_the_documentation_exists_with_its_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    typed = [*TYPED.findall(text), *QUOTED.findall(text)]
    assert [mistake for line in typed if (mistake := mistake_in(line))] == []


def test_the_manual_shows_every_command_at_work_and_names_every_option() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    shown = {shlex.split(line)[0] for line in TYPED.findall(text)}
    assert shown == set(COMMANDS)
    for name, command in COMMANDS.items():
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        general = text.partition("\n## doctor\n")[0]
        options = {option for each in command.params for option in each.opts if option.startswith("--")}
        assert [option for option in sorted(options) if option not in section + general] == [], name


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    assert mistake_in("frobnicate") == "instep frobnicate: there is no command 'frobnicate'"
    assert mistake_in("release --breaker eu --frobnicate").endswith("No such option: --frobnicate")
    assert mistake_in("plan A").startswith("instep plan A: Got unexpected extra argument")
