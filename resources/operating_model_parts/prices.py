"""The `[prices]` section: how Shopify's prices become Amazon's, and which rule counts for a SKU in a marketplace."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from integration_assets.rules.marketplaces import Marketplace, by_country
from integration_assets.rules.price import Bounds, PriceRule, Rounding
from resources.operating_model_parts.types import (
    Count,
    Flag,
    Listed,
    Matching,
    Minutes,
    Percent,
    Positive,
    Section,
    Takes,
    Text,
    refuse,
)

AMOUNT = 'a number as text, such as "19.99"'
POSITIVE = 'a number above zero as text, such as "1.17"'
EndingList = Listed('a list of endings as text, such as ["0.99"]')


def _decimal(value: object, words: str) -> Decimal:
    """A decimal number from text or a whole number. A TOML float is refused: it is not the number that was typed."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        refuse(words)
    try:
        read = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        refuse(words)
    return read if read.is_finite() else refuse(words)


def _signed(value: object) -> Decimal:
    return _decimal(value, AMOUNT)


def _above_zero(value: object) -> Decimal:
    read = _decimal(value, POSITIVE)
    return read if read > 0 else refuse(POSITIVE)


def _ending(value: object) -> Decimal:
    read = _decimal(value, 'an ending from "0.00" to "0.99", or "0" to "99" where a currency has no decimals')
    return read if 0 <= read < 100 else refuse('an ending from "0.00" to "99"')


Amount = Annotated[Decimal, Takes(AMOUNT), BeforeValidator(_signed)]
Above = Annotated[Decimal, Takes(POSITIVE), BeforeValidator(_above_zero)]
Ending = Annotated[Decimal, Takes("an ending as text"), BeforeValidator(_ending)]
Currency = Annotated[Text, Matching('a currency, such as "GBP"', r"[A-Z]{3}")]
Country = Annotated[Text, Matching('the country code of a marketplace, such as "DE"', r"[A-Z]{2}")]
SETTINGS = (
    "markup_percent",
    "markup",
    "endings",
    "rounding",
    "floor",
    "floor_percent",
    "ceiling",
    "managed_elsewhere",
)
"""What a rule may say, each by itself."""
PriceLeakPolicy = Literal["hold", "restore", "accept"]


class PriceMatch(Section):
    """What a price rule is about: any of the four, and all that are given must fit. None at all fits everything."""

    sku: Text | None = Field(default=None, description="One SKU, as typed on Amazon; letter case counts.")
    sku_pattern: Text | None = Field(default=None, description="SKUs by pattern, as in `[[stock.rule]]`.")
    tag: Text | None = Field(default=None, description="A tag of the Shopify product; letter case does not count.")
    marketplace: Country | None = Field(default=None, description="Country code of one marketplace.")

    def told(self) -> str:
        """The rule's name in words: `tag sale in DE`."""
        kinds = (("sku", self.sku), ("pattern", self.sku_pattern), ("tag", self.tag))
        what = " ".join(f"{kind} {value}" for kind, value in kinds if value is not None)
        where = f"in {self.marketplace}" if self.marketplace else ""
        return " ".join(filter(None, (what, where))) or "every SKU"

    def fits(self, sku: str, tags: Sequence[str], country: str) -> bool:
        """Whether it speaks of this SKU in this marketplace."""
        folded = {tag.strip().casefold() for tag in tags}
        return (
            (self.sku is None or self.sku == sku)
            and (self.sku_pattern is None or fnmatch.fnmatchcase(sku, self.sku_pattern))
            and (self.tag is None or self.tag.strip().casefold() in folded)
            and (self.marketplace is None or _same(self.marketplace, country))
        )

    @property
    def weight(self) -> tuple[bool, bool, bool, bool]:
        """How specific it is: a SKU before a pattern before a tag before a marketplace."""
        return (
            self.sku is not None,
            self.sku_pattern is not None,
            self.tag is not None,
            self.marketplace is not None,
        )


class PriceSettings(Section):
    """How a price is made. Amounts are in the marketplace's currency and with tax."""

    markup_percent: Amount | None = Field(default=None, description="Percent added to the converted price.")
    markup: Amount | None = Field(default=None, description="Amount added after that.")
    endings: Annotated[tuple[Ending, ...], EndingList] | None = Field(
        default=None,
        description='What a price may end on, such as `["0.99"]`; for yen the last two digits, such as `["80"]`.',
    )
    rounding: Rounding | None = Field(default=None, description="Which ending is taken.")
    floor: Above | None = Field(default=None, description="The least it may cost; nothing is ever sent below it.")
    floor_percent: Above | None = Field(
        default=None, description="The least it may cost, in percent of the converted price. The higher floor counts."
    )
    ceiling: Above | None = Field(default=None, description="The most it may cost.")
    managed_elsewhere: Flag | None = Field(
        default=None,
        description="true: a repricer or a person sets it, and it is left alone; false: lifts that.",
    )


class PriceRuleSettings(PriceSettings):
    """Other settings for some SKUs or a marketplace. Each key counts by itself; what it leaves out stays as it was."""

    match: PriceMatch = Field(description="Which SKUs and marketplaces the rule is about.")


@dataclass(frozen=True, slots=True)
class SkuPrice:
    """What the rules say of a SKU in a marketplace. `rate` is None where none is declared."""

    rule: PriceRule
    rate: Decimal | None
    described: str
    managed_elsewhere: bool
    conflicts: tuple[str, ...] = ()
    """Keys of which two rules, as specific as each other, say different things: the later one counts."""


class PricesSettings(PriceSettings):
    """How Shopify's prices become Amazon's.

    Of the rules that fit, the more specific wins, key by key: `sku`, then `sku_pattern`, then `tag`, then
    `marketplace`, then what stands here; of two as specific as each other, the later one in the file.
    Numbers with decimals are typed as text, so that they are exactly what was typed. Without `currency` no price is
    ever decided.
    """

    currency: Currency | None = Field(default=None, description="Currency of the prices in Shopify.")
    fx: dict[Currency, Above] = Field(
        default={},
        description="Currency of a marketplace = what one unit of the shop's currency is in it. Without a rate "
        "nothing is sent there: none is ever guessed.",
    )
    price_lists: dict[Country, Text] = Field(
        default={},
        description="Country code of a marketplace = name of the price list in Shopify that its prices are taken from, "
        "in its own currency; `fx` and the taxes above say nothing there. A variant that the list has no price of has "
        "none.",
    )
    shop_vat_percent: Amount | None = Field(
        default=None, description="Percent of tax that is in the prices in Shopify; `0` where they are without."
    )
    vat_percent: dict[Country, Amount] = Field(
        default={},
        description="Country code of a marketplace = percent of tax in its prices. With `shop_vat_percent` it takes "
        "the place of the shop's; without both, prices are taken as they are.",
    )
    leak_policy: PriceLeakPolicy = Field(
        default="hold",
        description="When somebody else changed a price on Amazon: `hold` it for a person, `restore` our own, or "
        "`accept` theirs until our own changes.",
    )
    max_move_percent: Positive = Field(
        default=30, description="A price that moves by more than this many percent at once waits for a person."
    )
    max_moved_percent: Percent = Field(
        default=50, description="A plan that moves more than this many percent of all prices waits whole."
    )
    min_prices: Count = Field(default=10, description="Plans that move fewer prices than this never wait whole.")
    read_back_within_minutes: Minutes = Field(
        default=30, description="How long Amazon may take to show a price that it accepted before it is sent again."
    )
    rules: tuple[PriceRuleSettings, ...] = Field(default=(), alias="rule", description="Exceptions from the above.")

    @model_validator(mode="after")
    def _check_bounds(self) -> PricesSettings:
        for settings in (self, *self.rules):
            if settings.floor is not None and settings.ceiling is not None and settings.ceiling < settings.floor:
                refuse(f"ceiling ({settings.ceiling}) to be at least floor ({settings.floor})")
        return self

    @property
    def bounds(self) -> Bounds:
        """The breaker's limits as plain values."""
        return Bounds(self.max_move_percent, self.max_moved_percent, self.min_prices)

    def rate(self, currency: str) -> Decimal | None:
        """What one unit of the shop's currency is in another; 1 for its own, None where nobody has said."""
        return Decimal(1) if currency == self.currency else self.fx.get(currency)

    def list_for(self, place: Marketplace) -> str | None:
        """Name of the price list that a marketplace takes its prices from, where one is declared."""
        return next((name for code, name in self.price_lists.items() if _same(code, place.country)), None)

    def for_sku(self, sku: str, tags: Sequence[str], place: Marketplace) -> SkuPrice:
        """What counts for a SKU, as typed on Amazon, in a marketplace; `tags` are of the Shopify product."""
        fitting = [(rule.match.weight, at, rule) for at, rule in enumerate(self.rules)]
        fitting = [one for one in fitting if one[2].match.fits(sku, tags, place.country)]
        if not fitting:
            return self._plain(place)
        strongest = [rule for _, _, rule in sorted(fitting, key=lambda one: one[:2], reverse=True)]
        conflicts = {
            name
            for weight, _, rule in fitting
            for other_weight, _, other in fitting
            if weight == other_weight
            for name in SETTINGS
            if None not in (getattr(rule, name), getattr(other, name)) and getattr(rule, name) != getattr(other, name)
        }
        found = self._made([*strongest, self], place)
        return SkuPrice(
            found.rule, found.rate, strongest[0].match.told(), found.managed_elsewhere, tuple(sorted(conflicts))
        )

    def _plain(self, place: Marketplace) -> SkuPrice:
        """What counts where no rule fits, worked out once per marketplace."""
        found = self._defaults.get(place.marketplace_id)
        if found is None:
            found = self._defaults[place.marketplace_id] = self._made([self], place)
        return found

    @cached_property
    def _defaults(self) -> dict[str, SkuPrice]:
        return {}

    def _made(self, said: Sequence[PriceSettings], place: Marketplace) -> SkuPrice:
        def first(name: str) -> object:
            return next((getattr(each, name) for each in said if getattr(each, name) is not None), None)

        chosen = {name: value for name in SETTINGS[:-1] if (value := first(name)) is not None}
        vat = next((percent for code, percent in self.vat_percent.items() if _same(code, place.country)), None)
        rule = PriceRule(**chosen, shop_vat=self.shop_vat_percent, vat=vat)  # type: ignore[arg-type]
        return SkuPrice(rule, self.rate(place.currency), "default", bool(first("managed_elsewhere")))

    def elsewhere(self) -> tuple[str, ...]:
        """Patterns of SKUs whose prices are somebody else's in every marketplace, for the gate before every write.

        None where a rule lifts what another one says: then only the plan can tell.
        """
        if any(rule.managed_elsewhere is False for rule in self.rules):
            return ()
        if self.managed_elsewhere:
            return ("*",)
        return tuple(
            match.sku_pattern or _exactly(match.sku or "")
            for match in (rule.match for rule in self.rules if rule.managed_elsewhere)
            if not match.tag and not match.marketplace and bool(match.sku) != bool(match.sku_pattern)
        )


def _exactly(text: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


def _same(typed: str, country: str) -> bool:
    """Whether two codes are one marketplace: GB and UK are."""
    try:
        return by_country(typed) == by_country(country)
    except KeyError:
        return False
