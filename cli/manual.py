"""`instep manual`: the operator manual of this brand, written from its operating model and the catalogue."""

from __future__ import annotations

from pathlib import Path

from cli.main import OK
from cli.output import counted, say
from integration_assets.contracts.errors import ConfigurationError


def manual(model: Path | None, *, to: Path) -> int:
    """Write the generated pages into the folder; pages that people wrote stay. ConfigurationError where it cannot."""
    from integration_assets.publish.manual.pages import pages
    from resources.operating_model import load

    written = pages(load(model))
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in written.items():
            (to / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"The manual cannot be written to {to}: {error.strerror}.") from error
    say(f"{counted(len(written), 'page')} written to {to}: {', '.join(written)}")
    return OK
