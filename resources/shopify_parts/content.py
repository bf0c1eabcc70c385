"""What product pages say: titles, descriptions, images, and the metafields that listings are taken from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from resources.shopify_parts.content_documents import CONTENT
from resources.shopify_parts.graphql import GraphQL
from resources.shopify_parts.pages import Node, nodes_of
from resources.shopify_parts.parse import whole

ONLY_VARIANT = "Default Title"


@dataclass(frozen=True, slots=True)
class ProductContent:
    """What the page of a variant's product says. `title` has the variant's own behind it where there are several."""

    variant_id: str
    title: str
    description_html: str
    images: tuple[str, ...]
    metafields: Mapping[str, str]
    """`namespace.key` -> text, of those asked for."""


def product_contents(
    graphql: GraphQL, variant_ids: Iterable[str], metafields: Sequence[str]
) -> dict[str, ProductContent]:
    """The content behind these variants, 250 a call; one that the shop no longer has is left out."""
    found = nodes_of(graphql, CONTENT, variant_ids, {"keys": list(metafields) or ["instep.none"]})
    return {content.variant_id: content for content in map(_content, found)}


@whole
def _content(node: Node) -> ProductContent:
    product = node["product"]
    title, own = str(product["title"]), str(node["title"])
    return ProductContent(
        variant_id=node["id"],
        title=title if own == ONLY_VARIANT else f"{title}, {own}",
        description_html=str(product["descriptionHtml"]),
        images=tuple(str(one["image"]["url"]) for one in product["media"]["nodes"] if one.get("image")),
        metafields={f"{one['namespace']}.{one['key']}": str(one["value"]) for one in product["metafields"]["nodes"]},
    )
