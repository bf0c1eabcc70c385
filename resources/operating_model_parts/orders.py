"""The `[orders]` section: from when on, how Amazon's orders are made in Shopify, and which another tool made before."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from resources.operating_model_parts.types import Flag, Instant, Listed, Matching, Minutes, Section, Text

Place = Literal["source_identifier", "name", "tag", "note"]
Tag = Annotated[Text, Matching("a tag of at most 40 characters, without a comma", r"[^,]{1,40}")]


class AdoptSettings(Section):
    """How `instep adopt orders` knows the Shopify orders that another tool made for Amazon orders."""

    by: Annotated[tuple[Place, ...], Listed('a list of places, such as ["source_identifier", "tag"]')] = Field(
        default=("source_identifier", "name", "tag"),
        description="Where the Amazon order id is looked for, in this order: `source_identifier`, `name`, `tag` or "
        "`note`. Of a note, which may hold anything, only the id is looked for, and nothing of it is kept.",
    )
    prefix: str = Field(
        default="",
        description='What stands right before the id, such as "AMZ-". In a name, a tag or a source identifier there '
        "must be nothing besides; in a note there may be.",
    )


class OrderSettings(Section):
    """How orders are read and made in Shopify. `[mode] order_import` says whether they are made or only shown."""

    since: Instant | None = Field(
        default=None,
        description="Orders created before this instant were dealt with by somebody else. By default the first run.",
    )
    overlap_minutes: Minutes = Field(default=10, description="How far each reading reaches back into the last one.")
    fba: Literal["at_once", "when_shipped", "never"] = Field(
        default="at_once",
        description="When orders that Amazon ships are made in Shopify: `at_once`, `when_shipped` by Amazon, so that "
        "nobody packs them here too, or `never`.",
    )
    tags: Annotated[tuple[Tag, ...], Listed('a list of tags, such as ["amazon"]', or_none=True)] = Field(
        default=("amazon",), description="Tags of every order made; the channel and the marketplace are added."
    )
    buyer_email: Flag = Field(
        default=False,
        description="Whether Amazon's relay address of the buyer goes on the order. Shopify then knows a customer by "
        "it, and may write to it.",
    )
    adopt: AdoptSettings = Field(default=AdoptSettings(), description="Orders that another tool made before.")
