"""Title, description and images of a listing in each marketplace: submitted, shown a while later, typed over by people.

Amazon keeps copies of images of its own: what is shown is not the address that was sent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sandbox.amazon.state import state_of
from sandbox.world import AmazonAccount, AmazonListing, World

TEXTS = {"item_name": 200, "product_description": 2000}
"""Attribute -> the most characters of its value."""
IMAGES = ("main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 9)))
PREFIX = "/attributes/"


@dataclass(frozen=True)
class Content:
    """A new value of an attribute in one marketplace; None takes it away."""

    attribute: str
    marketplace_id: str
    value: dict[str, Any] | None


def attribute_of(path: Any) -> str | None:
    """The attribute of a patch's path, where it is content."""
    name = str(path).removeprefix(PREFIX)
    return name if name in TEXTS or name in IMAGES else None


def read_content(
    account: AmazonAccount, listing: AmazonListing, attribute: str, entry: dict[str, Any], *, delete: bool
) -> Content | str:
    """One entry of a content attribute, or what is wrong with it."""
    place = entry.get("marketplace_id")
    if place not in account.marketplace_ids or place not in listing.statuses:
        return "'marketplace_id' is not one where this SKU is listed."
    if delete:
        return Content(attribute, place, None)
    if attribute in IMAGES:
        if not str(entry.get("media_location", "")).startswith("https://"):
            return f"'{attribute}' holds no media_location that can be fetched."
    else:
        value = entry.get("value")
        if not isinstance(value, str) or not value.strip() or not entry.get("language_tag"):
            return f"'{attribute}' needs a value and a language_tag."
        if len(value) > TEXTS[attribute]:
            return f"'{attribute}' is too long: {len(value)} characters, {TEXTS[attribute]} are allowed."
    return Content(attribute, place, dict(entry))


def submit_content(
    world: World, account: AmazonAccount, listing: AmazonListing, content: Content, *, never: bool = False
) -> None:
    """Take a submitted value: it shows after the account's lag, or never."""
    state = state_of(world, account)
    listing.updated_at = world.now()
    if never or listing.sku in state.never_applied:
        return
    world.after(state.dice.uniform(*state.apply_seconds), lambda: _show(world, listing, content))


def type_content(
    world: World, account: AmazonAccount, sku: str, marketplace_id: str, attribute: str, text: str
) -> None:
    """A person sets a text in Seller Central: it shows at once."""
    with world.lock:
        entry = {"value": text, "language_tag": "en_GB", "marketplace_id": marketplace_id}
        _show(world, account.listings[sku], Content(attribute, marketplace_id, entry))


def content_of(listing: AmazonListing, marketplaces: list[str]) -> dict[str, list[dict[str, Any]]]:
    """The content attributes as they show."""
    title = {"value": listing.title, "language_tag": "en_GB"}
    found: dict[str, list[dict[str, Any]]] = {
        "item_name": [{**title, "marketplace_id": place} for place in marketplaces]
    }
    for place in marketplaces:
        for attribute, entry in listing.content.get(place, {}).items():
            others = [each for each in found.get(attribute, []) if each["marketplace_id"] != place]
            found[attribute] = [*others, entry]
    return found


def _show(world: World, listing: AmazonListing, content: Content) -> None:
    here = listing.content.setdefault(content.marketplace_id, {})
    if content.value is None:
        here.pop(content.attribute, None)
    elif content.attribute in IMAGES:
        name = hashlib.sha256(content.value["media_location"].encode()).hexdigest()[:12]
        copy = f"https://m.media-amazon.com/images/I/{name}.jpg"
        here[content.attribute] = {"media_location": copy, "marketplace_id": content.marketplace_id}
    else:
        here[content.attribute] = content.value
    listing.updated_at = world.now()
