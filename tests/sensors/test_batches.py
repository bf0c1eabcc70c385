"""Which messages make a run, and what the run is called: literal tables of messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from resources.ledger import Effect, InboxMessage
from sensors.batches import MOST_ITEMS, Batch, Reading, read_back_key, reading_of

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POOL = {"gid://shopify/Location/1", "gid://shopify/Location/2"}
MUG, PLATE = "gid://shopify/InventoryItem/11", "gid://shopify/InventoryItem/12"


def message(
    seq: int, subject: str = MUG, location: str | int | None = 1, topic: str = "inventory_levels/update"
) -> InboxMessage:
    """A stored webhook; message n came n seconds after nine."""
    return InboxMessage(
        seq=seq,
        source="shopify",
        message_id=f"message-{seq}",
        topic=topic,
        subject=subject,
        triggered_at=None,
        received_at=NINE + timedelta(seconds=seq),
        payload={} if location is None else {"location_id": location},
    )


def read(*messages: InboxMessage, cursor: int = 0, pool: set[str] | None = None) -> Reading:
    return reading_of(messages, cursor=cursor, pool_location_ids=POOL if pool is None else pool)


def effect(effect_id: int, due: datetime | None = NINE) -> Effect:
    """A push that waits to be read back."""
    return Effect(
        effect_id=effect_id,
        kind="stock_push",
        region="eu",
        subject="MUG",
        sequence=1,
        payload={"quantity": 8},
        state="applied",
        attempts=1,
        origin="",
        reason="",
        decided_at=NINE,
        sent_at=NINE,
        applied_at=NINE,
        verified_at=None,
        check_at=due,
        reference=None,
        detail="",
    )


@pytest.mark.parametrize(
    ("messages", "items", "span", "cursor"),
    [
        ([], None, None, 4),
        ([message(5)], (MUG,), "5-5", 5),
        ([message(5), message(6), message(7)], (MUG,), "5-7", 7),
        ([message(5), message(6, PLATE), message(7)], (MUG, PLATE), "5-7", 7),
        ([message(5, location=9), message(6)], (MUG,), "6-6", 6),
        ([message(5), message(6, PLATE, location=9)], (MUG,), "5-6", 6),
        ([message(5, location=9), message(6, location=9)], None, None, 6),
        ([message(5, topic="orders/create"), message(6, topic="products/update")], None, None, 6),
        ([message(5, topic="inventory_levels/connect")], (MUG,), "5-5", 5),
        ([message(5, topic="inventory_levels/disconnect")], (MUG,), "5-5", 5),
        ([message(5, location=None)], (MUG,), "5-5", 5),
        ([message(5, location="gid://shopify/Location/2")], (MUG,), "5-5", 5),
        ([message(5, location="gid://shopify/Location/9")], None, None, 5),
        ([message(5, location="2")], (MUG,), "5-5", 5),
    ],
    ids=[
        "nothing new",
        "one change",
        "three changes of one item are one reading",
        "items in the order in which they changed",
        "the mirror of FBA stock starts nothing",
        "a foreign message at the end is passed over for good",
        "only foreign messages move the cursor",
        "topics that are not about stock",
        "an item is stocked at a location",
        "an item is no longer stocked there",
        "no word of the location",
        "the location by its GID",
        "a foreign location by its GID",
        "the location as text",
    ],
)
def test_messages_become_one_batch_of_distinct_items(
    messages: list[InboxMessage], items: tuple[str, ...] | None, span: str | None, cursor: int
) -> None:
    reading = read(*messages, cursor=4)
    assert reading.cursor == cursor
    assert (reading.batch.inventory_item_ids if reading.batch else None) == items
    assert (reading.batch.span if reading.batch else None) == span


def test_ten_thousand_echoes_of_the_fba_mirror_start_nothing() -> None:
    echoes = [message(number, f"gid://shopify/InventoryItem/{number}", 3) for number in range(1, 10_001)]
    assert read(*echoes) == Reading(None, 10_000)


def test_before_the_pool_is_known_every_location_counts() -> None:
    reading = read(message(1, location=9), pool=set())
    assert reading.batch is not None
    assert reading.batch.inventory_item_ids == (MUG,)


def test_a_full_batch_is_closed_and_what_follows_stays_for_the_next_look() -> None:
    burst = [message(seq, f"item-{seq}") for seq in range(1, MOST_ITEMS + 1)]
    known, new = message(MOST_ITEMS + 1, "item-7"), message(MOST_ITEMS + 2, "one-too-many")
    first = read(*burst, known, new)
    assert first.batch is not None
    assert len(first.batch.inventory_item_ids) == MOST_ITEMS
    # A message about an item that is in the batch anyway still goes with it.
    assert first.cursor == MOST_ITEMS + 1
    second = read(new, cursor=first.cursor)
    assert second.batch == Batch(
        first=MOST_ITEMS + 2, last=MOST_ITEMS + 2, received_at=new.received_at, inventory_item_ids=("one-too-many",)
    )


def test_no_message_is_skipped_and_none_read_twice_however_the_looks_fall() -> None:
    inbox = [message(seq, f"item-{seq % 7}", location=1 + seq % 3) for seq in range(1, 60)]
    for size in (1, 2, 5, 59):
        cursor, seen, keys = 0, [], set()
        while waiting := [each for each in inbox if each.seq > cursor][:size]:
            reading = read(*waiting, cursor=cursor)
            assert reading.cursor == waiting[-1].seq
            if reading.batch:
                seen += list(reading.batch.inventory_item_ids)
                assert reading.batch.run_key not in keys
                keys.add(reading.batch.run_key)
            cursor = reading.cursor
        assert set(seen) == {f"item-{seq % 7}" for seq in range(1, 60) if 1 + seq % 3 != 3}


def test_a_run_key_names_its_span_and_is_another_one_in_another_ledger() -> None:
    batch = read(message(1), message(2)).batch
    assert batch is not None
    assert batch.run_key == "inbox/1-2@2026-11-23T09:00:02+00:00"
    later = Batch(first=1, last=2, received_at=NINE + timedelta(days=9), inventory_item_ids=(MUG,))
    assert later.run_key != batch.run_key


def test_a_read_back_has_one_key_while_it_waits_and_another_when_it_still_waits_minutes_later() -> None:
    due = [effect(3), effect(5, NINE + timedelta(seconds=30))]
    key = read_back_key(due, [], NINE + timedelta(minutes=1))
    assert key == read_back_key(due, [], NINE + timedelta(minutes=4, seconds=59))
    assert key != read_back_key(due, [], NINE + timedelta(minutes=5))
    assert key != read_back_key([*due, effect(6)], [], NINE + timedelta(minutes=1))
    assert key != read_back_key([effect(3), effect(5, NINE + timedelta(seconds=90))], [], NINE + timedelta(minutes=1))


def test_a_wish_that_nobody_served_is_tried_again_every_minute() -> None:
    key = read_back_key([], ["a-wish"], NINE)
    assert key == read_back_key([], ["a-wish"], NINE + timedelta(seconds=59))
    assert key != read_back_key([], ["a-wish"], NINE + timedelta(minutes=1))
    assert key != read_back_key([], ["another-wish"], NINE)
    assert key != read_back_key([effect(1, None)], ["a-wish"], NINE)
