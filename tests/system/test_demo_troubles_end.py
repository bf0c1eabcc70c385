"""Everything that is planted in a rehearsal is told once, to the right team, with steps; and ends when it is put right.

The whole product on the sandbox over HTTP, by `instep` commands alone; people act through the sandbox's control door.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import httpx
import pytest

import resources.connections
from cli.demo import OPERATING_MODEL
from integration_assets.contracts.reconcile import STOCK_POSITION
from integration_assets.rules.exceptions import CATALOGUE
from sandbox.brand import Plan
from sandbox.clock import SandboxClock
from sandbox.server import running
from tests.assets.stage import MONDAY_NINE, StageClock
from tests.system.cli_stage import Home

OF_STOCK = {
    "negative_stock": "oversold",
    "accepted_never_applied": "stuck_listing",
    "push_rejected": "push_rejected",
    "quantity_edited_in_seller_central": "ownership_leak",
    "unmapped": "unmapped_sku",
    "case_twin": "case_twin",
    "duplicate_sku": "ambiguous_sku",
    "untracked": "untracked_item",
    "mixed_channel": "mixed_channel",
}
OF_ORDERS = {
    "order_missing": "order_missing",
    "shipped_not_confirmed": "unconfirmed_shipment",
    "near_ship_by": "ship_by_risk",
    "amounts_differ": "order_amounts_differ",
    "duplicate": "duplicate_order",
    "cancelled_on_amazon": "order_state_differs",
}
OF_SETTLEMENTS = {
    "unbalanced_settlement": "unbalanced_settlement",
    "unreadable_settlement": "unreadable_settlement",
    "missing_settlement": "missing_settlement",
    "unmapped_fee": "unmapped_fee",
}
SEEN_TO_BY_ITSELF = {
    "stale_low",
    "stale_high",
    "bundle",
    "oversell_pending",
    "made_by_connector",
    "refund_not_recorded",
}
"""What is put right, or taken over, without anybody: numbers nobody had pushed, units held back, known orders."""
TEAMS = {
    "ownership_leak": "ecommerce",
    "stuck_listing": "ecommerce",
    "push_rejected": "ecommerce",
    "unmapped_sku": "ecommerce",
    "case_twin": "ecommerce",
    "ambiguous_sku": "ecommerce",
    "untracked_item": "ecommerce",
    "mixed_channel": "ecommerce",
    "oversold": "operations",
    "order_missing": "operations",
    "unconfirmed_shipment": "operations",
    "ship_by_risk": "operations",
    "duplicate_order": "operations",
    "order_state_differs": "operations",
    "order_amounts_differ": "finance",
    "unbalanced_settlement": "finance",
    "unreadable_settlement": "finance",
    "missing_settlement": "finance",
    "unmapped_fee": "finance",
}
LIVE = ("stock_push", "fba_mirror", "order_import")
SINCE = "2026-11-16T00:00:00Z"
BESIDE = {"fba_mirror_edited", "ship_by_risk", "order_state_differs"}
"""True of the brand as it is, without being planted: a mirror typed into, an order half shipped, a state on its way."""


class Acknowledging(BaseHTTPRequestHandler):
    """Takes every webhook, so that the shop keeps its subscriptions."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Rehearsal:
    """A brand in trouble, an installation beside it, and people on both sides."""

    home: Home
    door: httpx.Client

    def act(self, path: str, **told: Any) -> Any:
        """Somebody does something in Seller Central or Shopify."""
        answer = self.door.post(path, json=told)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, path: str) -> Any:
        return self.door.get(path).json()

    def types(self, *command: str, ends: tuple[int, ...] = (0,)) -> None:
        """Somebody types a command."""
        said = self.home.instep(*command)
        assert said.code in ends, (command, said)

    def cycle(self, minutes: float) -> list[dict[str, Any]]:
        """Time passes, and a whole cycle runs; what is open then."""
        self.act("clock", advance=minutes * 60)
        self.types("sync", "--once", ends=(0, 1))
        return self.open()

    def open(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.home.instep("exceptions", "--json").json
        return found

    def answers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("answers")
        return found

    def differences(self) -> dict[str, dict[str, Any]]:
        """What is told of settlements that differ from Shopify, once the books are made; by identity."""
        self.types("settlement", "close", ends=(0, 1))
        return {each["identity"]: each for each in self.open() if each["kind"] == "settlement_drift"}

    def ever(self) -> list[tuple[str, str, int]]:
        """Kind, identity and occurrence of every exception there has ever been."""
        with self.home.doors() as doors:
            records = doors.ledger.exceptions_since(MONDAY_NINE)
            return sorted((each.kind, each.identity, each.occurrence) for each in records)


@contextmanager
def a_rehearsal(folder: Path) -> Iterator[Rehearsal]:
    clock = SandboxClock(start=MONDAY_NINE, speed=0)
    plan = Plan(skus=100, history_orders=0, keyed_by_hand=False, order_trouble=True)
    with ExitStack() as stack:
        sandbox = stack.enter_context(running(seed=7, clock=clock, plan=plan))
        receiver = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Acknowledging))
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        stack.callback(receiver.shutdown)
        url = f"http://127.0.0.1:{receiver.server_address[1]}"
        home = Home(folder)
        home.model.write_text(
            OPERATING_MODEL.format(
                modes="\n".join(f'{kind} = "live"' for kind in LIVE),
                since=SINCE,
                sandbox=sandbox.url,
                receiver=url,
                receiver_port=receiver.server_address[1],
                ui="http://127.0.0.1:3000",
                data_dir=home.data,
            ),
            encoding="utf-8",
        )
        stack.enter_context(mock.patch.object(resources.connections, "clock_from", return_value=StageClock(clock)))
        door = stack.enter_context(httpx.Client(base_url=f"{sandbox.url}/sandbox", timeout=60))
        rehearsal = Rehearsal(home, door)
        rehearsal.types("setup", "--url", url)
        yield rehearsal


def key_of(answer: Mapping[str, Any]) -> str:
    """What an exception about a planted trouble is about."""
    return f"eu/{answer['expected'].get('amazon_order_id', answer['sku'])}"


@pytest.mark.prove
@pytest.mark.timeout(1200)
def test_every_planted_trouble_is_told_once_and_ends_when_it_is_put_right(tmp_path: Path) -> None:
    with a_rehearsal(tmp_path) as rehearsal:
        home = rehearsal.home
        home.declare('order_import = "live"', 'order_import = "preview"\norder_refund = "live"')
        told = {(each["kind"], each["identity"]): each for each in rehearsal.cycle(0)}
        home.declare('order_import = "preview"', 'order_import = "live"')
        rehearsal.types("adopt", "orders", "--yes", ends=(1,))  # the two that stand for one order are left
        for minutes in (3, 20, 31, 31, 31):
            now = rehearsal.cycle(minutes)
            assert len({(each["kind"], each["identity"]) for each in now}) == len(now), "each is told once"
            told |= {(each["kind"], each["identity"]): each for each in now}
        answers = rehearsal.answers()
        planted = {
            (kind, key_of(answer))
            for answer in answers
            if (kind := {**OF_STOCK, **OF_ORDERS}.get(answer["kind"])) is not None
        }
        assert {answer["kind"] for answer in answers} == {*OF_STOCK, *OF_ORDERS, *SEEN_TO_BY_ITSELF}
        assert planted - told.keys() == set(), "every planted trouble is told"
        assert {kind for kind, _ in told.keys() - planted} <= BESIDE, "and no other"
        well_told(told)

        put_right(rehearsal, {answer["sku"]: answer for answer in answers})
        for minutes in (5, 20, 20):
            left = rehearsal.cycle(minutes)
        assert left == [], "all of it has ended"
        assert all(occurrence == 1 for _, _, occurrence in rehearsal.ever()), "nothing came back"
        assert {(kind, identity) for kind, identity, _ in rehearsal.ever()} == told.keys(), "and nothing new came"


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_every_trouble_of_a_settlement_is_told_once_and_ends_when_it_is_put_right(tmp_path: Path) -> None:
    with a_rehearsal(tmp_path) as rehearsal:
        act = rehearsal.act
        planted = act("amazon/settlement_trouble")
        rehearsal.types("settlement", "collect", ends=(1,))
        found = rehearsal.open()
        assert sorted(each["kind"] for each in found) == sorted(OF_SETTLEMENTS.values())
        well_told({(each["kind"], each["identity"]): each for each in found})

        for answer in planted:
            if answer["kind"] in ("unbalanced_settlement", "unreadable_settlement"):
                act(f"amazon/settlements/{answer['expected']['settlement_id']}/correct")
        rehearsal.home.declare(
            "[rehearsal]",
            '[[settlements.kind]]\ntransaction_type = "AmazonFees"\namount_type = "Brand Gateway Programme Fee"\n'
            'amount_description = "Base fee"\nbucket = "subscription"\n\n[rehearsal]',
        )
        act("clock", advance=3600)
        rehearsal.types("settlement", "collect")
        assert rehearsal.open() == []


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_every_difference_of_a_settlement_is_told_by_its_cause_and_ends_when_it_is_put_right(tmp_path: Path) -> None:
    with a_rehearsal(tmp_path) as rehearsal:
        planted = rehearsal.act("amazon/settlement_trouble")
        rehearsal.home.declare('order_import = "live"', 'order_import = "preview"')
        rehearsal.cycle(0)
        rehearsal.types("settlement", "collect", ends=(1,))
        found = rehearsal.differences()
        wrong = {answer["expected"]["main_cause"]: answer["expected"] for answer in planted if is_of_an_order(answer)}
        assert set(wrong) == {"price", "shipping", "tax", "promotion", "refund", "missing_order"}
        assert found.keys() == {f"eu/GBP/{cause}" for cause in wrong}, "each cause is told once"
        well_told({(each["kind"], identity): each for identity, each in found.items()})
        for cause, expected in wrong.items():
            told = found[f"eu/GBP/{cause}"]
            assert (told["team"], told["facts"]["cause"]) == ("finance", cause)
            if cause != "missing_order":
                assert told["facts"]["largest_order"] == expected["order_ref"]

        mend(rehearsal, wrong)
        rehearsal.cycle(30)
        assert rehearsal.differences().keys() == {"eu/GBP/missing_order"}, "what was made is read a cycle later"
        rehearsal.cycle(5)
        assert rehearsal.differences() == {}
        missing = ("order_missing", f"eu/{wrong.pop('missing_order')['order_ref']}")
        mended = {missing[1], *(f"eu/{expected['order_ref']}" for expected in wrong.values())}
        beside = {(kind, identity) for kind, identity, _ in rehearsal.ever() if identity in mended}
        assert beside == {missing}, "what was mended makes no other trouble"
        assert missing not in {(each["kind"], each["identity"]) for each in rehearsal.open()}
        assert {occurrence for kind, _, occurrence in rehearsal.ever() if kind == "settlement_drift"} == {1}


def is_of_an_order(answer: Mapping[str, Any]) -> bool:
    """Whether an order was planted that a settlement says otherwise than Shopify."""
    return "order_ref" in answer["expected"] and "main_cause" in answer["expected"]


def mend(rehearsal: Rehearsal, wrong: Mapping[str, Mapping[str, Any]]) -> None:
    """Do what the runbook says of each cause: mend the order in Shopify, record the refund, have it imported."""
    act = rehearsal.act

    def of(cause: str) -> tuple[str, str]:
        return f"shopify/orders/{wrong[cause]['order_ref']}", str(wrong[cause]["difference"])

    order, more = of("price")
    [line] = rehearsal.ask(order)["lines"]
    act(f"{order}/reprice", price=str(Decimal(line["unit_price"]) + Decimal(more)))
    order, more = of("shipping")
    act(f"{order}/reprice", add_shipping=more)
    order, more = of("tax")
    act(f"{order}/reprice", add_tax=more)
    order, more = of("promotion")
    act(f"{order}/reprice", add_discount=str(-Decimal(more)))
    order, _ = of("refund")
    act(f"{order}/refund", full=True)
    rehearsal.home.declare('order_import = "preview"', 'order_import = "live"')
    rehearsal.types("adopt", "orders", "--yes", ends=(1,))


def well_told(told: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
    """Each has its team, and steps in which everything that is known stands."""
    for (kind, identity), each in told.items():
        entry = CATALOGUE[kind]
        assert each["team"] == TEAMS.get(kind, entry.team), kind
        assert each["title"] == entry.title
        assert len(each["steps"]) == len(entry.steps)
        assert not [step for step in each["steps"] if "{" in step], identity
        assert identity.partition("/")[2].split("/")[0] in each["told"] or kind in (
            "missing_settlement",
            "unmapped_fee",
        )


def put_right(rehearsal: Rehearsal, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Do what the runbook says of each, by the control door and the command line."""
    act, types, home = rehearsal.act, rehearsal.types, rehearsal.home

    def order_of(sku: str) -> str:
        return str(answers[sku]["expected"]["amazon_order_id"])

    types("release", "--restore", "--region", "eu", "--note", "the repricer is off", "CLOCK-WALL-OAK")
    types("release", "--accept", "--region", "eu", "--note", "kept for a fair", "CLOCK-WALL-ASH")
    for sku in ("MIRROR-OVAL", "MIRROR-ROUND", "HOOK-BRASS", "HOOK-IRON"):
        act("amazon/listing", sku=sku, mend=True)
        types("release", "--restore", "--region", "eu", "--note", "mended in Seller Central", sku)
    act("shopify/stock", sku="NAPKIN-RED", location="Manchester", available=9)
    second = next(each for each in rehearsal.ask("shopify/variants?sku=LINEN-TOTE") if each["title"] == "Tote (old)")
    act("shopify/variants", variant_id=second["id"], new_sku="LINEN-TOTE-OLD")
    act("shopify/variants", sku="ENAMEL-MUG-BLUE", new_sku="Enamel-Mug-Blue")
    act("shopify/variants", sku="GIFT-WRAP", tracked=True)
    act("shopify/stock", sku="GIFT-WRAP", location="Manchester", available=30)
    act("amazon/listing", sku="THROW-WOOL", fulfilled_by="AMAZON")
    override = '[mapping]\noverride = { "OLD-LAMP-2019" = "LINEN-TOTE-OLD" }\n\n'
    ignore = '[[mapping.rule]]\nignore = ["OLD-VASE-2018"]\n\n'
    home.declare("[[mapping.rule]]", override + ignore + "[[mapping.rule]]")

    home.declare("[mode]\n", '[mode]\nshipment_confirmation = "live"\norder_cancellation = "live"\n')
    at_risk = [each["facts"]["amazon_order_id"] for each in rehearsal.open() if each["kind"] == "ship_by_risk"]
    assert order_of("TEAPOT-GLASS") in at_risk
    for order in at_risk:
        act(f"shopify/orders/{order}/ship", carrier="Royal Mail", tracking=f"RM{order[-7:]}GB")
    twice = rehearsal.ask(f"shopify/orders?source_identifier={order_of('TEAPOT-WOOD')}")
    number = twice[1]["name"].removeprefix("#")
    act(f"shopify/orders/{number}/unship")
    act(f"shopify/orders/{number}/cancel", restock=True, refund=False, note="made twice")
    act(f"shopify/orders/{order_of('TEAPOT-BRASS')}/reprice", price="24.00")


@pytest.mark.prove
@pytest.mark.timeout(900)
@pytest.mark.parametrize("is_right", [True, False], ids=["the season is over", "the count was wrong"])
def test_a_plan_that_zeroes_too_much_is_held_until_a_person_has_decided(tmp_path: Path, *, is_right: bool) -> None:
    with a_rehearsal(tmp_path) as rehearsal:
        rehearsal.home.declare('order_import = "live"', 'order_import = "preview"')
        for minutes in (0, 5):
            rehearsal.cycle(minutes)
        with rehearsal.home.doors() as doors:
            in_step = doors.warehouse.rows(STOCK_POSITION, "verdict = 'in_step' AND target > 0")
        sold_out = {
            row.seller_sku: (row.inventory_item_id.rpartition("/")[2], json.loads(row.by_location), row.target)
            for row in in_step
            if row.inventory_item_id is not None and not row.seller_sku.startswith("CLOCK-WALL-")  # edited meanwhile
        }
        for item, places, _ in sold_out.values():
            count(rehearsal, item, dict.fromkeys(places, 0))
        [held] = [each for each in rehearsal.cycle(10) if each["kind"] == "breaker_open"]
        assert (held["team"], held["identity"]) == ("ecommerce", "eu/")
        assert held["steps"][-1] == "If the plan is right: `instep release --breaker --region eu --note '...'`."
        said = rehearsal.home.instep("plan")
        assert all(sku in said.out for sku in sold_out), "the plan shows what would go to zero"
        if is_right:
            rehearsal.types("release", "--breaker", "--region", "eu", "--note", "the season is over")
        else:
            for item, places, _ in sold_out.values():
                count(rehearsal, item, places)
        for minutes in (10, 10):
            left = rehearsal.cycle(minutes)
        assert "breaker_open" not in {each["kind"] for each in left}
        shown = {sku: rehearsal.ask(f"amazon/listing?sku={quote(sku, safe='')}")["quantity"] for sku in sold_out}
        assert shown == {sku: 0 if is_right else target for sku, (_, _, target) in sold_out.items()}


def count(rehearsal: Rehearsal, item: str, places: Mapping[str, int]) -> None:
    """Somebody counts an item in Shopify: units by location of the pool."""
    for place, units in places.items():
        rehearsal.act("shopify/stock", item_id=int(item), location=place, available=units)
