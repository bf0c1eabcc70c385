"""Orders that an earlier tool made are found by the declared rule, linked and marked, and never made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.orders.adopting import Adoption
from resources.operating_model_parts.orders import AdoptSettings
from tests.assets.order_desk import REGION, Desk, order_desk


def adoption(desk: Desk) -> Adoption:
    return Adoption(
        model=desk.model,
        warehouse=desk.warehouse,
        ledger=desk.ledger,
        clock=desk.clock,
        writes=desk.shopify.order_writes,
    )


def test_orders_of_an_earlier_tool_are_listed_linked_and_marked_and_none_is_made(tmp_path: Path) -> None:
    rule = AdoptSettings(by=("source_identifier", "name", "tag", "note"), prefix="")
    with order_desk(tmp_path, adopt=rule) as desk:
        ids = [desk.market.place(("MUG", 1, "9.99")) for _ in range(4)]
        by_source = desk.market.key_in("#1", sourceIdentifier=ids[0])
        by_name = desk.market.key_in(ids[1])
        by_tag = desk.market.key_in("#3", tags=[ids[2]])
        by_note = desk.market.key_in("#4", note=f"Order {ids[3]} of Robin")
        desk.observe()
        found = adoption(desk).candidates()
        assert {one.amazon_order_id: (one.verdict, one.found_by) for one in found} == {
            ids[0]: ("adopt", "source_identifier"),
            ids[1]: ("adopt", "name"),
            ids[2]: ("adopt", "tag"),
            ids[3]: ("adopt", "note"),
        }
        assert desk.links() == {}, "the list changes nothing"
        [outcome] = adoption(desk).adopt(found, "the test")
        assert (outcome.sent, outcome.verified) == (4, 4)
        expected = dict(zip(ids, (by_source.gid, by_name.gid, by_tag.gid, by_note.gid), strict=True))
        assert desk.links() == expected
        assert by_name.metafields["amazon_order_id"] == ids[1]
        assert {"amazon", "amazon-adopted"} <= set(by_name.tags)
        done = desk.take_in()
        assert (done.made.planned, len(desk.market.shop), desk.market.calls["OrderCreate"]) == ([], 4, 0)
        assert {one.verdict for one in adoption(desk).candidates()} == {"adopted"}
        [again] = adoption(desk).adopt(adoption(desk).candidates(), "the test")
        assert again.sent == 0


def test_what_is_not_beyond_doubt_is_listed_and_left_alone(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        twice, cancelled, dear = (desk.market.place(("MUG", 1, "9.99")) for _ in range(3))
        desk.market.amazon_orders[dear]["proceeds"]["grandTotal"]["amount"] = "20.00"
        for name in ("#1", "#2"):
            desk.market.key_in(name, sourceIdentifier=twice)
        desk.market.key_in("#3", sourceIdentifier=cancelled).cancelled_at = desk.clock.now()
        desk.market.key_in("#4", sourceIdentifier=dear)
        desk.market.key_in("#5", sourceIdentifier="202-9999999-9999999")
        desk.observe()
        found = {one.name: (one.verdict, one.reason) for one in adoption(desk).candidates()}
        assert found == {
            "#1": ("doubtful", "Several orders in Shopify stand for it: cancel all but one first"),
            "#2": ("doubtful", "Several orders in Shopify stand for it: cancel all but one first"),
            "#3": ("left_alone", "Cancelled in Shopify"),
            "#4": ("adopt", "Found by source identifier; Amazon says 20.00 GBP"),
            "#5": ("doubtful", "Amazon's order was not read: `instep backfill orders` reads older ones"),
        }


def test_an_answer_that_gets_lost_is_looked_up_and_the_mark_is_set_once(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.market.key_in("#1", sourceIdentifier=order_id)
        desk.observe()
        desk.market.fated("OrderMark", "lost_after")
        [outcome] = adoption(desk).adopt(adoption(desk).candidates(), "the test")
        assert outcome.unknown == 1
        [outcome] = adoption(desk).adopt(adoption(desk).candidates(), "the test")
        assert (outcome.verified, desk.market.calls["OrderMark"]) == (1, 1)


def test_a_rule_that_looks_into_notes_must_have_been_carried_out_before_orders_are_made(tmp_path: Path) -> None:
    with order_desk(tmp_path, adopt=AdoptSettings(by=("note",), prefix="")) as desk:
        order_id = desk.market.place(("MUG", 1, "9.99"))
        desk.observe()
        with pytest.raises(ConfigurationError, match=r"instep adopt orders --yes"):
            desk.cycle().run(REGION)
        adoption(desk).adopt([], "the test")
        desk.cycle().run(REGION)
        assert len(desk.market.of(order_id)) == 1


def test_an_order_that_another_tool_made_is_not_made_again_before_it_is_adopted(tmp_path: Path) -> None:
    with order_desk(tmp_path) as desk:
        ids = [desk.market.place(("MUG", 1, "9.99")) for _ in range(2)]
        desk.market.key_in(f"AMZ-{ids[0]}")
        desk.market.key_in("#2", tags=[f"amazon {ids[1]}"])
        done = desk.take_in()
        assert (done.made.planned, len(desk.market.shop)) == ([], 2)
