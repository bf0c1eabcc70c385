"""The manual of the operating model is made from the code, and what it shows works."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import OperatingModel, from_document
from resources.operating_model_parts.docs import EXAMPLES, main, manual
from resources.operating_model_parts.types import Section
from tests.unit.test_operating_model import SMALLEST

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operating_model.md"
SHOWN = re.findall(r"```toml\n(.*?)```", manual(), re.DOTALL)


def test_the_page_in_docs_is_current(tmp_path: Path) -> None:
    main([str(tmp_path / "page.md")])
    assert PAGE.read_text(encoding="utf-8") == (tmp_path / "page.md").read_text(encoding="utf-8")


def test_the_page_is_printed_where_no_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == manual()


def test_every_section_has_an_example() -> None:
    assert list(EXAMPLES) == list(OperatingModel.model_fields)
    assert len(SHOWN) == len(EXAMPLES)


@pytest.mark.parametrize("example", SHOWN, ids=list(EXAMPLES))
def test_every_example_loads(example: str) -> None:
    typed = tomllib.loads(example)
    model = from_document({**tomllib.loads(SMALLEST), **typed})
    for section in typed:
        assert getattr(model, section) != getattr(from_document(tomllib.loads(SMALLEST)), section)


def sections(top: type[Section] = Section) -> Iterator[type[Section]]:
    for section in top.__subclasses__():
        yield section
        yield from sections(section)


def opens_sections(annotation: object) -> bool:
    return any(isinstance(part, type) and issubclass(part, Section) for part in (annotation, *get_args(annotation)))


def keys(section: type[Section]) -> Iterator[str]:
    """The keys that hold a value; a key that only opens another section is explained by that section."""
    for name, field in section.model_fields.items():
        if section is not OperatingModel and not opens_sections(field.annotation):
            yield field.alias or name


def test_every_key_is_explained() -> None:
    page = manual()
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", page, re.MULTILINE)
    assert {row[0] for row in rows} >= {name for section in sections() for name in keys(section)}
    assert all(takes.strip() and default.strip() and meaning.strip() for _, takes, default, meaning in rows)


def test_the_mistakes_the_page_shows_are_the_ones_that_are_told() -> None:
    shown = re.findall(r"```text\n(.*?)```", manual(), re.DOTALL)[0]
    text = SMALLEST + '[stock]\nbufer = 1\n[[stock.rule]]\nmatch = { tag = "a" }\nbuffer = { percent = 120 }\n'
    with pytest.raises(ConfigurationError, match="2 mistakes") as told:
        from_document(tomllib.loads(text))
    assert sorted(str(told.value).splitlines()) == sorted(shown.splitlines())
