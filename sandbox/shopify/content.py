"""What a product page says: description, images, and the metafields that a merchant made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.order_records import Metafield
from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.metafields import namespace_of
from sandbox.shopify.paging import Listing
from sandbox.shopify.registry import Connections, Fields
from sandbox.world import Product


@dataclass(frozen=True)
class Picture:
    """An image of a product; `place` is where it stands, from 1."""

    product: Product
    place: int
    url: str

    @property
    def id(self) -> int:
        """Its number."""
        return self.product.id * 100 + self.place


def _pictures(product: Product, _context: Context, args: dict[str, Any]) -> Listing:
    found = {each.id: each for each in (Picture(product, at, url) for at, url in enumerate(product.images, start=1))}
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _metafields_of(product: Product) -> dict[int, Metafield]:
    found: dict[int, Metafield] = {}
    for at, (name, value) in enumerate(sorted(product.metafields.items()), start=1):
        namespace, _, key = name.partition(".")
        number, moment = product.id * 100 + at, product.updated_at
        kind = "multi_line_text_field"
        found[number] = Metafield(number, product.id, namespace, key, kind, value, moment, moment)
    return found


def _metafields(product: Product, _context: Context, args: dict[str, Any]) -> Listing:
    keys, namespace = args.get("keys"), args.get("namespace")
    found = {
        number: each
        for number, each in _metafields_of(product).items()
        if (keys is None or f"{each.namespace}.{each.key}" in keys)
        and (namespace is None or each.namespace == namespace_of(namespace))
    }
    return Listing(sorted(found), found.__getitem__, None, bool(args.get("reverse")))


def _metafield(product: Product, _context: Context, *, key: str, namespace: str | None = None) -> Metafield | None:
    wanted = (namespace_of(namespace), key)
    return next((each for each in _metafields_of(product).values() if (each.namespace, each.key) == wanted), None)


FIELDS: Fields = {
    "Product": {
        "descriptionHtml": lambda product, _: product.description_html,
        "metafield": _metafield,
    },
    "MediaImage": {
        "id": lambda picture, _: gids.gid("MediaImage", picture.id),
        "alt": lambda _picture, _: None,
        "image": lambda picture, _: {"url": picture.url, "altText": None},
    },
}
CONNECTIONS: Connections = {"Product": {"media": _pictures, "metafields": _metafields}}
