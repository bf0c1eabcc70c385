"""Which region account a command is about."""

from __future__ import annotations

from integration_assets.contracts.errors import ConfigurationError
from resources.operating_model import OperatingModel


def region_of(model: OperatingModel, region: str | None) -> str:
    """The one that was named, or the only one there is. ConfigurationError lists them all."""
    known = sorted(model.amazon)
    if region is None and len(known) == 1:
        return known[0]
    if region is None or region not in known:
        raise ConfigurationError(
            f"There is no region account {region!r}." if region else "Which region account?",
            todo=f"Add --region with one of: {', '.join(known)}.",
        )
    return region
