"""The `[settlements]` section: what the brand knows of settlement lines beyond the table it comes with."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from integration_assets.rules.settlement_kinds import ANYTHING, About, Kind
from resources.operating_model_parts.money import BookedBucket
from resources.operating_model_parts.types import Listed, Section, Text


class KindRule(Section):
    """A kind of settlement line. A `*` in a text stands for anything; letter case does not count."""

    transaction_type: Text = Field(default=ANYTHING, description="The line's transaction-type; by default any.")
    amount_type: Text = Field(default=ANYTHING, description="The line's amount-type; by default any.")
    amount_description: Text = Field(description="The line's amount-description.")
    bucket: BookedBucket = Field(description="What kind of money it is.")
    about: About = Field(
        default="order", description="What such a line belongs to when it names no order and no shipment itself."
    )


class SettlementSettings(Section):
    """How settlement lines are read. What stands here goes before the table that comes with the product."""

    kind: Annotated[
        tuple[KindRule, ...], Listed("a list of tables with amount_description and bucket", or_none=True)
    ] = Field(default=(), description="Kinds of lines; the unmapped ones are listed by `instep exceptions`.")

    def kinds(self) -> tuple[Kind, ...]:
        """The declared kinds as the rule takes them."""
        return tuple(
            Kind(rule.bucket, rule.about, rule.transaction_type, rule.amount_type, rule.amount_description)
            for rule in self.kind
        )
