"""The rules of the house: who may import whom, and what loading the code location may cost."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("integration_assets", "resources", "sensors", "cli")
ROOMS = ("shopify", "amazon", "reconcile", "actions", "publish", "checks")
BETWEEN = (
    "audit",
    "content",
    "effects",
    "fba",
    "fulfilment",
    "mcf",
    "money",
    "orders",
    "prices",
    "service",
    "settlements",
    "stock",
)
"""Rooms that apply rules to the stores, for assets and command line alike."""
HEAVY = ("dagster", "pandas", "great_expectations")


@cache
def imports_of(file: Path) -> set[str]:
    """Every module a file imports, those imported inside functions included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def modules(*parts: str) -> list[Path]:
    return sorted((ROOT.joinpath(*parts)).rglob("*.py"))


def offenders(files: list[Path], forbidden: tuple[str, ...], allowed: tuple[str, ...] = ()) -> list[str]:
    def within(name: str, prefixes: tuple[str, ...]) -> bool:
        return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)

    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in sorted(imports_of(file))
        if within(name, forbidden) and not within(name, allowed)
    ]


def test_the_floor_imports_nothing_above_it() -> None:
    assert offenders(modules("integration_assets", "contracts"), PRODUCT, ("integration_assets.contracts",)) == []
    rules = modules("integration_assets", "rules")
    assert offenders(rules, PRODUCT, ("integration_assets.contracts", "integration_assets.rules")) == []


def test_resources_import_only_the_floor_and_each_other() -> None:
    allowed = ("integration_assets.contracts", "integration_assets.rules", "resources")
    assert offenders(modules("resources"), PRODUCT, allowed) == []


def test_the_floor_and_the_resources_know_nothing_of_dagster_pandas_or_great_expectations() -> None:
    files = modules("integration_assets", "contracts") + modules("integration_assets", "rules") + modules("resources")
    assert offenders(files, HEAVY) == []


@pytest.mark.parametrize("room", ROOMS)
def test_an_asset_room_imports_no_other(room: str) -> None:
    others = tuple(f"integration_assets.{other}" for other in ROOMS if other != room)
    above = (
        "sensors",
        "cli",
        "integration_assets.jobs",
        "integration_assets.schedules",
        "integration_assets.definitions",
    )
    assert offenders(modules("integration_assets", room), others + above) == []


@pytest.mark.parametrize("room", BETWEEN)
def test_what_assets_and_command_line_share_is_free_of_dagster_and_of_the_asset_rooms(room: str) -> None:
    rooms = tuple(f"integration_assets.{room}" for room in ROOMS)
    assert offenders(modules("integration_assets", room), (*HEAVY, *rooms, "sensors", "cli")) == []


def test_only_the_composition_root_imports_the_sensors() -> None:
    files = [file for file in modules("integration_assets") if file.name != "definitions.py"]
    assert offenders(files, ("sensors", "cli")) == []


def test_the_sandbox_and_the_product_do_not_know_each_other() -> None:
    assert offenders(modules("sandbox"), PRODUCT) == []
    product = [file for package in PRODUCT for file in modules(package)]
    assert offenders(product, ("sandbox",)) == []


def test_only_the_warehouse_the_publisher_and_the_reader_of_settlement_files_connect_to_duckdb() -> None:
    product = [file for package in PRODUCT for file in modules(package)]
    # The reader types millions of lines in a database of its own; it never opens the warehouse.
    doors = ("resources/warehouse", "integration_assets/publish/", "resources/settlement_")
    strangers = [file for file in product if not str(file.relative_to(ROOT)).startswith(doors)]
    assert offenders(strangers, ("duckdb",)) == []


def test_no_private_module_of_dagster_is_imported_but_by_the_launcher_of_runs() -> None:
    product = [file for package in PRODUCT for file in modules(package) if file.name != "run_launcher.py"]
    assert offenders(product, ("dagster._core", "dagster._utils", "dagster._daemon")) == []


def test_an_init_file_holds_only_a_docstring() -> None:
    for package in (*PRODUCT, "sandbox"):
        for file in (ROOT / package).rglob("__init__.py"):
            assert len(ast.parse(file.read_text(encoding="utf-8")).body) == 1, file


def loaded_by(statement: str, tmp_path: Path) -> set[str]:
    """The modules a fresh interpreter has loaded after a statement."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"],
        cwd=ROOT,
        env={**os.environ, "INSTEP_DATA_DIR": str(tmp_path), **CREDENTIALS},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.split())


CREDENTIALS = {
    "SHOPIFY_CLIENT_ID": "x",
    "SHOPIFY_CLIENT_SECRET": "x",
    "SP_API_CLIENT_ID": "x",
    "SP_API_CLIENT_SECRET": "x",
    "SP_API_REFRESH_TOKEN_EU": "x",
}


def test_loading_the_code_location_loads_neither_pandas_nor_great_expectations(tmp_path: Path) -> None:
    loaded = loaded_by("from integration_assets.definitions import defs; defs()", tmp_path)
    assert "dagster" in loaded
    assert {"pandas", "great_expectations"} & loaded == set()


def test_the_command_line_starts_without_dagster_pandas_or_great_expectations(tmp_path: Path) -> None:
    loaded = loaded_by("import cli.main", tmp_path)
    assert {"dagster", "pandas", "great_expectations", "duckdb", "sp_api"} & loaded == set()
