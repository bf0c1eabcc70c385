"""The runbook as a page beside the operator page, with an anchor for every kind: each row there leads to its entry."""

from __future__ import annotations

from pathlib import Path

from integration_assets.publish.page.look import environment, style
from integration_assets.rules.exceptions import CATALOGUE
from resources.operating_model import OperatingModel
from resources.operating_model_parts.types import TEAMS

FILE = "runbook.html"
TEMPLATE = Path(__file__).with_name("runbook.html.jinja")
SEVERITIES = ("urgent", "high", "normal")


def runbook(model: OperatingModel) -> str:
    """The page as HTML."""
    kinds = sorted(CATALOGUE.values(), key=lambda kind: (SEVERITIES.index(kind.severity), kind.title))
    return (
        environment()
        .from_string(TEMPLATE.read_text(encoding="utf-8"))
        .render(
            shop=model.shopify.shop,
            style=style(),
            teams=[(team, [kind for kind in kinds if kind.team == team]) for team in TEAMS.allowed],
        )
    )
