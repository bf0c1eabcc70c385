"""What a person must see to at the mirror: edits by others, and what the shop refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integration_assets.fba.errand import KIND
from integration_assets.fba.mirror import Edit, Units
from resources.findings import finding, report
from resources.ledger import Ledger
from resources.ledger_parts.records import Finding


def report_mirror(
    ledger: Ledger,
    region: str,
    location: str,
    edits: Sequence[Edit],
    units: Mapping[str, Units],
    named: Mapping[str, str],
) -> None:
    """Open what was found in this turn, bring what is open up to date, close what is over.

    `named` has what the shop calls the inventory items that have no SKU on Amazon.
    """
    found = [_edited(region, location, edit, units, named) for edit in edits]
    report(ledger, "fba_mirror_edited", found, scope=f"{region}/")
    report_refused(ledger, KIND, region, location)


def report_refused(ledger: Ledger, kind: str, region: str, location: str) -> None:
    """Tell of every number of this kind that the shop refuses to show, and close what it shows by now."""
    found = [
        finding(
            "fba_mirror_refused",
            f"{region}/{effect.subject}",
            {
                "skus": _told(effect.payload.get("skus", ()), effect.subject),
                "location": location,
                "quantity": effect.payload["quantity"],
                "detail": effect.detail.rstrip("."),
            },
        )
        for effect in ledger.newest(kind, region).values()
        if effect.state == "rejected"
    ]
    report(ledger, "fba_mirror_refused", found, scope=f"{region}/")


def _edited(region: str, location: str, edit: Edit, units: Mapping[str, Units], named: Mapping[str, str]) -> Finding:
    item = edit.inventory_item_id
    there = units.get(item)
    facts = {
        "skus": _told(edit.seller_skus, named.get(item, item)),
        "location": location,
        "shown": edit.shown,
        "units": f"{edit.units:+d}",
        "fulfillable": there.fulfillable if there else 0,
        "done": "it was set back" if edit.set_back else "it is left as it is until somebody sets it right",
    }
    return finding("fba_mirror_edited", f"{region}/{item}", facts)


def _told(skus: Sequence[str], item: str) -> str:
    return ", ".join(skus) or item
