"""The `[content]` section: which parts of a listing Shopify's product page decides, and in which marketplaces."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from integration_assets.rules.content import LOCALES, Attribute
from integration_assets.rules.marketplaces import Marketplace, by_country
from resources.operating_model_parts.types import Listed, Matching, Minutes, Positive, Section, Text, refuse

Country = Annotated[Text, Matching('the country code of a marketplace, such as "DE"', r"[A-Z]{2}")]
Locale = Annotated[Text, Matching('a language and its country, such as "de_DE"', r"[a-z]{2}_[A-Z]{2}")]
Key = Annotated[Text, Matching('a metafield, such as "custom.amazon_title"', r"[\w$-]+(\.[\w-]+)+")]


class ContentAttribute(Section):
    """One part of the listings in some marketplaces. The first entry that fits a SKU counts."""

    name: Attribute = Field(description="What is sent: `title`, `description` or `images`.")
    marketplaces: Annotated[tuple[Country, ...], Listed('a list of marketplaces, such as ["UK"]')] = Field(
        description="Country codes of the marketplaces."
    )
    metafield: Key | None = Field(
        default=None,
        description="Namespace and key of the product's metafield that holds the text, such as one in another "
        "language; without it the product's own. A product without it is left alone.",
    )
    language: Locale | None = Field(
        default=None, description="Language of the text; by default that of the marketplace."
    )
    sku_pattern: Text | None = Field(default=None, description="Only SKUs of this pattern, as typed on Amazon.")
    tag: Text | None = Field(default=None, description="Only products with this tag in Shopify.")

    @model_validator(mode="after")
    def _check_source(self) -> ContentAttribute:
        if self.name == "images" and (self.metafield or self.language):
            refuse("images without metafield and language: they are those of the product page")
        return self

    def fits(self, sku: str, tags: Sequence[str], place: Marketplace) -> bool:
        """Whether it speaks of this SKU in this marketplace."""
        folded = {tag.strip().casefold() for tag in tags}
        return (
            any(is_same(country, place) for country in self.marketplaces)
            and (self.sku_pattern is None or fnmatch.fnmatchcase(sku, self.sku_pattern))
            and (self.tag is None or self.tag.strip().casefold() in folded)
        )

    def language_in(self, place: Marketplace) -> str:
        """The language of its text in a marketplace."""
        return self.language or LOCALES.get(place.country, "en_US")


class ContentSettings(Section):
    """Titles, descriptions and images of listings, led by the product pages in Shopify. Nothing is, unless declared."""

    attributes: tuple[ContentAttribute, ...] = Field(
        default=(), alias="attribute", description="What is led by Shopify, in order."
    )
    leak_policy: Literal["hold", "restore", "accept"] = Field(
        default="hold",
        description="When somebody else changed it on Amazon: `hold` it for a person, `restore` our own, or `accept` "
        "theirs until our own changes.",
    )
    max_skus: Positive = Field(
        default=50, description="How many SKUs are changed in one turn at most: a mistake does not reach all at once."
    )
    read_back_within_minutes: Minutes = Field(
        default=240, description="How long Amazon may take to show what it accepted before it is sent again."
    )
    read_again_hours: Positive = Field(
        default=24, description="How old a reading of what is in step may be; leaks are found as late as that."
    )

    def for_sku(self, name: Attribute, sku: str, tags: Sequence[str], place: Marketplace) -> ContentAttribute | None:
        """What is declared of this part of a SKU in a marketplace."""
        return next((one for one in self.attributes if one.name == name and one.fits(sku, tags, place)), None)

    def metafields(self) -> tuple[str, ...]:
        """Every metafield that a text is taken from."""
        return tuple(sorted({one.metafield for one in self.attributes if one.metafield}))


def is_same(typed: str, place: Marketplace) -> bool:
    """Whether a code that was typed is this marketplace: GB and UK are one."""
    try:
        return by_country(typed) == place
    except KeyError:
        return False
