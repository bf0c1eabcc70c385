"""Nothing raises an exception that the catalogue does not know, and what the catalogue knows is raised by something."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_assets.contracts.errors import InstepError
from integration_assets.rules.exceptions import CATALOGUE
from resources.clock import SystemClock
from resources.ledger import Ledger
from tests.unit.test_house import PRODUCT, modules

TAKE_A_KIND = frozenset(
    {
        "raise_exception",
        "raise_exceptions",
        "close_exceptions",
        "open_exceptions",
        "acknowledge",
    }
)
WITH_THE_CATALOGUE = frozenset(
    {"finding", "_finding", "_raise", "_of_order", "_of_orders", "found_of", "raise_all", "report"}
)
"""These speak of exceptions only where the catalogue is at hand; elsewhere a finding is something else."""


def product_files() -> list[Path]:
    return [
        file
        for package in PRODUCT
        for file in modules(package)
        if "exception_kinds" not in file.parts and file.name != "schema.py"
    ]


def named_kinds(file: Path) -> Iterator[str]:
    """The literals that a file hands to whatever takes a kind of exception, in the place where the kind goes."""
    text = file.read_text(encoding="utf-8")
    speaks_of_it = "rules.exceptions import" in text or "resources.findings import" in text
    callers = TAKE_A_KIND | (WITH_THE_CATALOGUE if speaks_of_it else frozenset())
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in callers:
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
                    break


def test_every_kind_that_is_named_in_the_code_is_in_the_catalogue() -> None:
    named = {kind: file.name for file in product_files() for kind in named_kinds(file)}
    assert len(named) > 5
    assert {kind: file for kind, file in named.items() if kind not in CATALOGUE} == {}


def test_every_kind_of_the_catalogue_is_raised_by_something() -> None:
    literals = {
        node.value
        for file in product_files()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {kind for kind in CATALOGUE if kind not in literals} == set()


def test_the_ledger_takes_no_kind_that_nobody_could_look_up(tmp_path: Path) -> None:
    with (
        Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", SystemClock()) as ledger,
        pytest.raises(InstepError, match="no exception of kind 'surprise'"),
    ):
        ledger.raise_exception("surprise", "x", "operations", "high", "What is this.", {})
