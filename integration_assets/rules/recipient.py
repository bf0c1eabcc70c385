"""Who a parcel goes to. It is held in memory between Amazon and Shopify and written down nowhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Final

APART: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address as Amazon tells it, all parts optional but the country; nothing of it shows when it is printed.

    `email` is Amazon's relay address of the buyer, asked for only where the brand wants it on its orders.
    """

    country_code: str = field(repr=False)
    name: str = field(default="", repr=False)
    company: str = field(default="", repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    city: str = field(default="", repr=False)
    region: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    def words(self) -> Iterator[str]:
        """Every text in it that could give the buyer away, so that it can be kept out of messages."""
        for text in (self.name, self.company, *self.lines, self.city, self.postal_code):
            yield text
            yield from APART.split(text)
        yield from (self.phone, self.email)

    def fingerprint(self, amazon_order_id: str) -> str:
        """A word that changes when the address does, different for every order, from which nothing can be read back.

        It is kept on the order in Shopify, beside the address itself, and nowhere else.
        """
        told = [getattr(self, one.name) for one in fields(self) if one.name != "email"]
        text = json.dumps([amazon_order_id, *told], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]
