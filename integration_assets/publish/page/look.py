"""What the pages have in common: one style, and templates in which nothing that was read can become markup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    import jinja2

STYLE = Path(__file__).with_name("style.css")


def style() -> Markup:
    """The style sheet, to stand inside the page: no page loads anything."""
    return Markup(STYLE.read_text(encoding="utf-8"))  # noqa: S704 - a file of ours


def environment() -> jinja2.Environment:
    """Where templates are filled in: every value escaped, a missing one an error."""
    import jinja2  # here, because loading the code location should not pay for it

    return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
