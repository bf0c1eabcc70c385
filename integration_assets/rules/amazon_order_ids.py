"""What an Amazon order id looks like, and where one stands in other texts."""

from __future__ import annotations

import re
from typing import Final

LOOKS: Final = re.compile(r"\d{3}-\d{7}-\d{7}")
"""Ids of orders that buyers place; the echo of a Multi-Channel order is named `S01-…` and never matches."""


def amazon_order_id_of(*texts: str | None) -> str | None:
    """The first of the texts that is an Amazon order id and nothing else; None when none is."""
    return next((text for text in texts if text and LOOKS.fullmatch(text)), None)
