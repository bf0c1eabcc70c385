"""When a push is seen to have been applied. 1 was sent while Amazon showed 2; minutes are counted from noon."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from integration_assets.contracts.amazon import Availability
from integration_assets.rules.evidence import Sent
from integration_assets.rules.holds import OrderFact
from integration_assets.stock.pushes import KIND, pushes_of
from integration_assets.stock.read_back import ReadBack
from resources.clock import ManualClock
from resources.ledger import Ledger
from resources.ledger_parts.records import Intention
from resources.operating_model_parts.stock import StockSettings
from tests.unit.stock_facts import minute, order


class Reading:
    """Reads this number of the one SKU."""

    def __init__(self, quantity: int, clock: ManualClock) -> None:
        self.quantity = quantity
        self.clock = clock

    def take(self, skus: list[str], **_: Any) -> dict[str, Availability]:
        shown = Availability(
            region="eu",
            seller_sku="MUG",
            fulfillment_channels=("DEFAULT",),
            quantity=self.quantity,
            product_type="HOME",
            issue_codes=(),
            read_at=self.clock.now(),
        )
        return dict.fromkeys(skus, shown)


@pytest.mark.parametrize(
    ("shown", "sold", "is_applied"),
    [
        (1, [], True),
        (2, [], False),
        (2, [order(-1, status="CANCELLED", open_units=0, updated_at=1)], False),
        (3, [order(-1, 2, status="CANCELLED", open_units=0, updated_at=1)], False),
        (0, [order(5)], True),
    ],
    ids=[
        "the number that was sent",
        "the number before",
        "the number before, which may be the one sent and a unit given back",
        "what either may have become by units given back",
        "the number that was sent, less what was sold since",
    ],
)
def test_a_number_that_the_one_before_explains_as_well_proves_nothing(
    tmp_path: Path, shown: int, sold: list[OrderFact], is_applied: bool
) -> None:
    clock = ManualClock(minute(0))
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        payload = {"quantity": 1, "from": 2, "variant_id": "a variant"}
        (push,) = ledger.intend_many(KIND, "eu", [Intention("MUG", payload, "it differs", "the schedule")])
        ledger.begin(push.effect_id)
        ledger.applied(push.effect_id, "submission-1", check_at=minute(10))
        clock.advance(20 * 60)
        read_back = ReadBack(
            account=cast("Any", None),
            readings=cast("Any", Reading(shown, clock)),
            ledger=ledger,
            clock=clock,
            stock=StockSettings(read_back_within_minutes=60),
        )
        settled = read_back.settle(
            "eu", pushes=pushes_of(ledger, "eu", minute(0)), sold=lambda: {("eu", "MUG"): sold}, after_each=lambda: None
        )
        assert (settled.verified == 1) == is_applied


def test_a_number_that_was_sent_again_may_have_been_applied_from_either_sending(tmp_path: Path) -> None:
    clock = ManualClock(minute(0))
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        payload = {"quantity": 5, "from": 7, "variant_id": "a variant"}
        (push,) = ledger.intend_many(KIND, "eu", [Intention("MUG", payload, "it differs", "the schedule")])
        ledger.begin(push.effect_id)
        ledger.unknown(push.effect_id, "no answer")
        clock.advance(20 * 60)
        ledger.resend(push.effect_id, "Amazon shows 3, so it is sent again")
        ledger.begin(push.effect_id)
        assert pushes_of(ledger, "eu", minute(0)).in_the_air["MUG"] == [Sent(5, minute(0)), Sent(5, minute(20))]
        ledger.put_back([push.effect_id], "answered 429")
        assert Sent(5, minute(0)) in pushes_of(ledger, "eu", minute(0)).in_the_air["MUG"]
