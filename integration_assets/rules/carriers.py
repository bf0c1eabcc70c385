"""Which carrier Amazon is told: the operating model's word, then a built-in map, then `Other` with its name.

Amazon looks a tracking number up at the carrier it was told; one under the wrong carrier counts as not tracked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

OTHER = "Other"
UNNAMED = "Carrier not named"
LONGEST_NAME = 120

BUILT_IN: Mapping[str, str] = {
    "aramex": "Aramex",
    "bluedart": "BlueDart",
    "canada post": "Canada Post",
    "chronopost": "Chronopost",
    "correos": "Correos",
    "delhivery": "Delhivery",
    "deutsche post": "Deutsche Post",
    "deutsche post (de)": "Deutsche Post",
    "dhl": "DHL",
    "dhl express": "DHL",
    "dhl paket": "DHL",
    "dhl parcel": "DHL",
    "dpd": "DPD",
    "dpd germany": "DPD",
    "dpd uk": "DPD",
    "evri": "Evri",
    "fedex": "FedEx",
    "gls": "GLS",
    "india post": "India Post",
    "la poste": "La Poste",
    "mondial relay": "Mondial Relay",
    "ontrac": "OnTrac",
    "parcelforce": "Parcelforce",
    "poste italiane": "Poste Italiane",
    "postnl": "PostNL",
    "purolator": "Purolator",
    "royal mail": "Royal Mail",
    "seur": "Seur",
    "tnt": "TNT",
    "ups": "UPS",
    "usps": "USPS",
    "yodel": "Yodel",
}
"""Carriers whose name in the shop is beyond doubt the one Amazon knows, in small letters = Amazon's code."""

SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("UPS", re.compile(r"1Z[0-9A-Z]{16}")),
    ("Royal Mail", re.compile(r"[A-Z]{2}\d{9}GB")),
)
"""Tracking numbers that only one carrier gives out."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """What Amazon is told. `name` is there exactly when `code` is Other. `doubt` says why it may be the wrong one."""

    code: str
    name: str | None = None
    doubt: str = ""


def carrier_for(company: str | None, tracking_number: str, declared: Mapping[str, str]) -> Carrier:
    """The carrier of a package.

    `declared` is the operating model's map: a person's word beats everything, and a code in it is passed on as it
    stands. A company that nobody knows is Other by its own name. Where the shop names none, the shape of the tracking
    number may; where it names one that does not give out such numbers, that is a doubt, not a correction.
    """
    name = " ".join((company or "").split())[:LONGEST_NAME]
    shaped = next((code for code, shape in SHAPES if shape.fullmatch(tracking_number.replace(" ", ""))), None)
    if not name:
        return Carrier(shaped) if shaped else Carrier(OTHER, UNNAMED, "the shop names no carrier")
    ours = {key.strip().casefold(): value.strip() for key, value in declared.items()}
    code = ours.get(name.casefold())
    if code is not None:
        return Carrier(OTHER, name) if code.casefold() == OTHER.casefold() else Carrier(code)
    code = BUILT_IN.get(name.casefold(), OTHER)
    doubt = f"{tracking_number} looks like a number of {shaped}" if shaped and shaped != code else ""
    return Carrier(code, name if code == OTHER else None, doubt)
