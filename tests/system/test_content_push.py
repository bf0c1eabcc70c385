"""Titles, descriptions and images on the sandbox: sent as declared, read back, and never over somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from integration_assets.actions.content_push import content_push
from integration_assets.actions.origin import OriginConfig
from integration_assets.content.cycle import ContentCycle, ContentOutcome
from integration_assets.content.positions import scope_of
from integration_assets.contracts.content import CONTENT_POSITION, CONTENT_PUSH
from integration_assets.contracts.errors import NotOurs
from resources.operating_model_parts.content import ContentSettings
from sandbox.amazon.content import type_content
from sandbox.world import Product
from tests.amazon_caller import DE, UK
from tests.system.stage import REGION, Stage, on_stage

ROPE, JUG = "007-ROPE", "JUG-GLASS"
CDN = "https://cdn.shopify.com/s/files/1"
TITLES = {"name": "title", "marketplaces": ("UK",), "sku_pattern": ROPE}


@contextmanager
def told(home: Path, *attributes: dict[str, Any], mode: str = "live", **content: Any) -> Iterator[Stage]:
    """A brand in step whose product pages lead some of its listings."""
    settings = ContentSettings.model_validate({"attribute": attributes or (TITLES,), **content})
    values = {name: getattr(settings, name) for name in ContentSettings.model_fields}
    with on_stage(home, mode={"content_push": mode}, content=values) as stage:
        stage.variant(ROPE).title = "Default Title"
        yield stage


def turn(stage: Stage) -> ContentOutcome:
    door = stage.connections
    cycle = ContentCycle(door.model, door.shopify, door.amazon, door.warehouse, door.ledger, door.clock, "the test")
    outcome = cycle.run(REGION)
    stage.warehouse.replace(CONTENT_POSITION, outcome.rows)
    return outcome


def product(stage: Stage, sku: str) -> Product:
    return stage.world.shop.products[stage.variant(sku).product_id]


def settle(stage: Stage, *, turns: int = 2) -> None:
    for _ in range(turns):
        stage.advance(minutes=30)
        turn(stage)


def says(stage: Stage, sku: str, attribute: str, marketplace: str = UK) -> str | None:
    entry = stage.listing(sku).content.get(marketplace, {}).get(attribute)
    return None if entry is None else str(entry.get("value", entry.get("media_location")))


def patches(stage: Stage) -> list[dict[str, Any]]:
    bodies = [call.detail["body"] for call in stage.calls("patchListingsItem")]
    found = [patch for body in bodies for patch in body["patches"]]
    return [patch for patch in found if patch["path"] != "/attributes/fulfillment_availability"]


def opened(stage: Stage) -> list[tuple[str, str]]:
    found = stage.ledger.open_exceptions()
    return [(one.kind, one.identity) for one in found if one.kind.startswith("content_")]


def test_nothing_is_asked_or_sent_unless_it_is_declared(tmp_path: Path) -> None:
    with told(tmp_path, attribute=()) as stage:
        before = len(stage.world.requests)
        assert turn(stage).rows == []
        assert stage.world.requests[before:] == []


def test_a_title_is_sent_where_it_is_declared_and_read_back(tmp_path: Path) -> None:
    with told(tmp_path) as stage:
        product(stage, ROPE).title = "Rope of hemp, 10 m"
        assert turn(stage).effects.sent == 1
        [patch] = patches(stage)
        assert patch == {
            "op": "merge",
            "path": "/attributes/item_name",
            "value": [{"value": "Rope of hemp, 10 m", "language_tag": "en_GB", "marketplace_id": UK}],
        }
        settle(stage)
        assert says(stage, ROPE, "item_name") == "Rope of hemp, 10 m"
        assert says(stage, ROPE, "item_name", DE) is None
        [row] = stage.warehouse.rows(CONTENT_POSITION)
        assert (row.seller_sku, row.verdict, row.shown) == (ROPE, "in_step", "Rope of hemp, 10 m")
        before = len(stage.world.requests)
        turn(stage)
        assert [call.operation for call in stage.world.requests[before:]] == ["nodes"]
        assert len(patches(stage)) == 1


def test_descriptions_and_images_of_a_language_go_in_one_call(tmp_path: Path) -> None:
    parts = (
        {"name": "description", "marketplaces": ("DE",), "metafield": "custom.beschreibung", "sku_pattern": ROPE},
        {"name": "images", "marketplaces": ("UK", "DE"), "sku_pattern": ROPE},
    )
    with told(tmp_path, *parts) as stage:
        product(stage, ROPE).metafields["custom.beschreibung"] = "Seil aus Hanf.\nHält."
        product(stage, ROPE).images = [f"{CDN}/1.jpg", f"{CDN}/2.jpg", f"{CDN}/3.jpg"]
        assert turn(stage).effects.sent == 1
        settle(stage)
        assert says(stage, ROPE, "product_description", DE) == "Seil aus Hanf.\nHält."
        assert [says(stage, ROPE, f"other_product_image_locator_{at}") is not None for at in (1, 2, 3)] == [
            True,
            True,
            False,
        ]
        assert opened(stage) == []
        assert {row.verdict for row in stage.warehouse.rows(CONTENT_POSITION)} == {"in_step"}
        sent = len(patches(stage))
        settle(stage)
        assert len(patches(stage)) == sent
        product(stage, ROPE).images = [f"{CDN}/9.jpg"]
        turn(stage)
        settle(stage)
        assert says(stage, ROPE, "other_product_image_locator_1") is None
        assert {row.verdict for row in stage.warehouse.rows(CONTENT_POSITION)} == {"in_step"}


def test_what_amazon_forbids_is_refused_before_any_call_and_told(tmp_path: Path) -> None:
    with told(tmp_path) as stage:
        product(stage, ROPE).title = "ROPE!!! " + "x" * 200
        assert turn(stage).effects.sent == 0
        assert patches(stage) == []
        [one] = stage.ledger.open_exceptions("content_unfit")
        assert "the title has 208 characters, Amazon takes 200" in one.told
        product(stage, ROPE).title = "Rope"
        turn(stage)
        assert opened(stage) == []


def test_what_somebody_else_wrote_is_left_alone_until_a_person_decides(tmp_path: Path) -> None:
    with told(tmp_path, read_again_hours=1) as stage:
        product(stage, ROPE).title = "Rope of hemp"
        turn(stage)
        settle(stage)
        type_content(stage.world, stage.account, ROPE, UK, "item_name", "Theirs")
        settle(stage, turns=4)
        assert opened(stage) == [("content_leak", f"eu/UK/title/{ROPE}")]
        assert len(patches(stage)) == 1
        stage.ledger.release_hold(scope_of(REGION, UK, ROPE, "title"), who="anna", note="ours is right")
        settle(stage, turns=3)
        assert says(stage, ROPE, "item_name") == "Rope of hemp"
        assert opened(stage) == []


@pytest.mark.prove
def test_a_refusal_and_what_never_shows_are_told(tmp_path: Path) -> None:
    with told(tmp_path, read_back_within_minutes=15) as stage:
        product(stage, ROPE).title = "Rope of hemp"
        stage.fault("invalid", "patchListingsItem", times=1)
        turn(stage)
        assert opened(stage) == [("content_refused", f"eu/{ROPE}")]
        stage.advance(hours=7)
        stage.service.never_applied.add(ROPE)
        settle(stage, turns=8)
        assert opened(stage) == [("content_not_shown", f"eu/{ROPE}")]


@pytest.mark.prove
def test_a_call_without_an_answer_is_read_back_before_anything_is_sent_again(tmp_path: Path) -> None:
    with told(tmp_path) as stage:
        product(stage, ROPE).title = "Rope of hemp"
        stage.fault("reset_after", "patchListingsItem", times=1)
        assert turn(stage).effects.unknown == 1
        settle(stage)
        assert says(stage, ROPE, "item_name") == "Rope of hemp"
        assert len(patches(stage)) == 1


@pytest.mark.prove
def test_one_turn_changes_no_more_listings_than_are_allowed(tmp_path: Path) -> None:
    with told(tmp_path, {"name": "title", "marketplaces": ("UK",)}, max_skus=3) as stage:
        with stage.world.lock:
            for each in stage.world.shop.products.values():
                each.title = f"New {each.title}"[:150]
        outcome = turn(stage)
        assert outcome.effects.sent == 3
        assert outcome.left_for_later > 10


def test_in_preview_nothing_is_sent_and_the_plan_can_be_seen(tmp_path: Path) -> None:
    with told(tmp_path, mode="preview") as stage:
        product(stage, ROPE).title = "Rope of hemp"
        stage.carry_out(content_push, context=dg.build_asset_context(), config=OriginConfig())  # type: ignore[arg-type]
        [row] = stage.warehouse.rows(CONTENT_PUSH)
        assert (row.seller_sku, row.state, row.parts) == (ROPE, "preview", f'{{"title": ["{UK}"]}}')
        assert patches(stage) == []


def test_the_gate_lets_only_declared_parts_of_declared_marketplaces_out(tmp_path: Path) -> None:
    with told(tmp_path) as stage:
        gate = stage.connections.gate
        path = f"/listings/2021-08-01/items/A1/{ROPE}"

        def body(attribute: str, *places: str) -> dict[str, Any]:
            value = [{"value": "x", "marketplace_id": place} for place in places]
            return {"patches": [{"op": "merge", "path": f"/attributes/{attribute}", "value": value}]}

        gate.amazon(REGION, "PATCH", path, body("item_name", UK), stage.clock.now())
        for attribute, places in (("item_name", (UK, DE)), ("item_name", ()), ("bullet_point", (UK,))):
            with pytest.raises(NotOurs, match=f"the content {attribute} of listing {ROPE}"):
                gate.amazon(REGION, "PATCH", path, body(attribute, *places), stage.clock.now())
        with pytest.raises(NotOurs):
            gate.amazon(REGION, "PATCH", path.replace(ROPE, JUG), body("item_name", UK), stage.clock.now())
