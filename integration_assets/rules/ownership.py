"""Who owns which field of which record, from what the brand has declared; and whether a write respects it.

A claim is one line of the table. `scope` is a pattern for the records it speaks of; the first claim that fits counts,
and a write that no claim fits is not ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

System = Literal["Shopify", "Amazon"]
ANY = "*"


@dataclass(frozen=True, slots=True)
class Claim:
    """`owner` decides a field of the records in `scope` kept by `system`; `ours` says that Instep may write it there.

    Ours does not mean that Instep decides: it carries the owner's word over.
    """

    system: System
    record: str
    field: str
    scope: str
    owner: str
    ours: bool


@dataclass(frozen=True, slots=True)
class Write:
    """A change of one field that somebody asked for. `scope` is what claims are matched by, `subject` the record."""

    system: System
    record: str
    field: str
    scope: str
    subject: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What the operating model says of ownership, as plain values.

    `mirrors` and `priced_elsewhere` are by region account: names of Shopify locations, patterns of SKUs on Amazon.
    `content` are attributes of listings that Shopify leads, each with a pattern of `marketplace id/SKU`.
    """

    pool: Sequence[str] = ()
    mirrors: Mapping[str, str] = field(default_factory=dict)
    mcf_location: str | None = None
    priced_elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)
    content: Sequence[tuple[str, str]] = ()


ALWAYS: tuple[Claim, ...] = (
    # A quantity is scoped by who ships the offer, on Amazon's own word (`rules.channel.who_ships`).
    Claim("Amazon", "listing", "quantity", "mfn", "Shopify", ours=True),
    Claim("Amazon", "listing", "quantity", ANY, "Amazon", ours=False),
    Claim("Amazon", "listing", "content *", ANY, "the brand, in Seller Central", ours=False),
    Claim("Amazon", "listing", "existence", ANY, "the brand, in Seller Central", ours=False),
    Claim("Amazon", "order", "shipment", ANY, "Shopify", ours=True),
    Claim("Amazon", "order", "cancellation", ANY, "Shopify", ours=True),
    Claim("Amazon", "order", "refund", ANY, "Shopify", ours=True),
    Claim("Amazon", "Multi-Channel order", "existence", ANY, "Shopify", ours=True),
    Claim("Shopify", "product", ANY, ANY, "Shopify", ours=False),
    Claim("Shopify", "order", ANY, ANY, "Amazon", ours=True),
    Claim("Shopify", "fulfilment", ANY, ANY, "Amazon", ours=True),
    Claim("Amazon", "subscription", ANY, ANY, "Instep", ours=True),
    Claim("Shopify", "subscription", ANY, ANY, "Instep", ours=True),
    Claim("Shopify", "reading", ANY, ANY, "Instep", ours=True),
)


def claims_of(declared: Declared) -> tuple[Claim, ...]:
    """The whole table for what a brand has declared. Of two claims that fit a write the first one counts."""
    found = [
        Claim("Shopify", "stock level", "available", exactly(place), "Shopify", ours=False) for place in declared.pool
    ]
    places = dict.fromkeys([*declared.mirrors.values(), *filter(None, [declared.mcf_location])])
    for place in places:
        found.append(Claim("Shopify", "stock level", "available", exactly(place), "Amazon", ours=True))
        found.append(Claim("Shopify", "location", "set-up", exactly(place), "Instep", ours=True))
    found.append(Claim("Shopify", "stock level", "available", ANY, "Shopify", ours=False))
    found.append(Claim("Shopify", "location", "set-up", ANY, "Shopify", ours=False))
    for region, patterns in declared.priced_elsewhere.items():
        found += [
            Claim("Amazon", "listing", "price", f"{region}/{pattern}", "a repricer", ours=False) for pattern in patterns
        ]
    found.append(Claim("Amazon", "listing", "price", ANY, "Shopify", ours=True))
    for attribute, pattern in declared.content:
        found.append(Claim("Amazon", "listing", f"content {attribute}", pattern, "Shopify", ours=True))
    return (*found, *ALWAYS)


def claim_on(claims: Iterable[Claim], write: Write) -> Claim | None:
    """The claim that counts for a write; None when nobody has said who owns the field."""
    return next(
        (
            claim
            for claim in claims
            if (claim.system, claim.record) == (write.system, write.record)
            and fnmatchcase(write.field, claim.field)
            and fnmatchcase(write.scope, claim.scope)
        ),
        None,
    )


def exactly(text: str) -> str:
    """A pattern that fits this text and no other."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
