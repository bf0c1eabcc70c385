"""Which carrier Amazon is told for what the shop calls it."""

from __future__ import annotations

import pytest

from integration_assets.rules.carriers import Carrier, carrier_for

DECLARED = {"DHL Paket": "DHL", "Evri": "Evri", "Bike courier": "other"}


@pytest.mark.parametrize(
    ("company", "tracking", "carrier"),
    [
        ("Royal Mail", "AB123456789GB", Carrier("Royal Mail")),
        ("  royal   MAIL ", "AB123456789GB", Carrier("Royal Mail")),
        ("DPD UK", "15501234567890", Carrier("DPD")),
        ("dhl paket", "00340434161094", Carrier("DHL")),
        ("Evri", "T00A1B2C3", Carrier("Evri")),
        ("Bike courier", "17", Carrier("Other", "Bike courier")),
        ("Whistl", "WH17", Carrier("Other", "Whistl")),
        (None, "1Z999AA10123456784", Carrier("UPS")),
        (None, "4711", Carrier("Other", "Carrier not named", "the shop names no carrier")),
        (
            "DPD",
            "1Z999AA10123456784",
            Carrier("DPD", None, "1Z999AA10123456784 looks like a number of UPS"),
        ),
    ],
    ids=[
        "known by its own name",
        "blanks and letter case do not count",
        "known by another name",
        "declared, whatever the letter case",
        "a code that is declared is passed on as it stands",
        "declared as other",
        "nobody knows it",
        "the number names the carrier",
        "nobody names the carrier",
        "another carrier's number is a doubt and not a correction",
    ],
)
def test_a_carrier_is_told_as_amazon_knows_it(company: str | None, tracking: str, carrier: Carrier) -> None:
    assert carrier_for(company, tracking, DECLARED) == carrier


def test_a_name_goes_with_the_code_other_and_with_no_code_else() -> None:
    for company in ("UPS", "Whistl", None, "Bike courier", "x" * 500):
        carrier = carrier_for(company, "4711", DECLARED)
        assert (carrier.name is not None) == (carrier.code == "Other")
        assert carrier.name is None or 1 <= len(carrier.name) <= 120
