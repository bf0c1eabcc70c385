"""Who ships an offer, on Amazon's own word: the gate in front of every quantity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Ships = Literal["mfn", "fba", "mixed", "unknown"]

MFN_CODE = "DEFAULT"
FBA_PREFIX = "AMAZON_"


def who_ships(channel_codes: Iterable[str]) -> Ships:
    """`mfn` for DEFAULT, `fba` for AMAZON_…, `mixed` for both, `unknown` for none or for any code besides.

    Only `mfn` may ever be sent a quantity: a quantity on an FBA offer adds a second channel and can turn the offer
    into a merchant's one. A code that is neither (a supply source of multi-location inventory) is not a guess worth
    making.
    """
    codes = set(channel_codes)
    merchant = MFN_CODE in codes
    amazon = {code for code in codes if code.startswith(FBA_PREFIX)}
    if not codes or codes - amazon - {MFN_CODE}:
        return "unknown"
    if merchant and amazon:
        return "mixed"
    return "mfn" if merchant else "fba"
