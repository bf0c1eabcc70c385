"""Which Amazon order a Shopify order stands for that another tool made, by the brand's declared rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from integration_assets.rules.amazon_order_ids import LOOKS

NOTHING_AROUND: Final = r"(?<![0-9-]){prefix}({looks})(?![0-9-])"


@dataclass(frozen=True, slots=True)
class AdoptRule:
    """Where to look, in order, and what stands right before the id."""

    by: Sequence[str]
    prefix: str = ""

    def find(
        self, *, source_identifier: str | None, name: str, tags: Sequence[str], note: str
    ) -> tuple[str, str] | None:
        """(Amazon order id, place it was found in); None where the rule finds none, or two different ones in a note."""
        texts = {"source_identifier": (source_identifier or "",), "name": (name,), "tag": tuple(tags)}
        whole = re.compile(f"{re.escape(self.prefix)}({LOOKS.pattern})")
        for place in self.by:
            if place == "note":
                inside = re.compile(NOTHING_AROUND.format(prefix=re.escape(self.prefix), looks=LOOKS.pattern))
                found = set(inside.findall(note))
                if len(found) == 1:
                    return found.pop(), place
                continue
            for text in texts[place]:
                match = whole.fullmatch(text.strip().removeprefix("#"))
                if match:
                    return match[1], place
        return None
