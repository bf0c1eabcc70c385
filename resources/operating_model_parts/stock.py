"""The `[stock]` section: buffers, the rules that set other ones for some SKUs, and which rule counts for a SKU."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Generic, Literal, NamedTuple, TypeVar

from pydantic import Field

from integration_assets.rules.buffer import Buffer
from integration_assets.rules.marketplaces import Region
from resources.operating_model_parts.types import Count, Flag, Minutes, Percent, Positive, Section, Text

LeakPolicy = Literal["hold", "restore", "accept"]
T = TypeVar("T")


class BufferSettings(Section):
    """What is kept back of the sellable units. The larger of `units` and `percent` counts."""

    units: Count = Field(default=0, description="Units that are always kept back.")
    percent: Percent = Field(
        default=0, description="Percent of the sellable units kept back, rounded up to whole units."
    )
    min_to_list: Count = Field(
        default=0, description="With fewer units than this left to promise, nothing is promised."
    )
    max: Count | None = Field(default=None, description="The most units ever shown; without it, all there is.")
    floor: Count = Field(default=0, description="With this many units sellable or fewer, nothing is promised.")

    def as_rule(self) -> Buffer:
        """The same as the plain value the stock rule works with."""
        return Buffer(
            units=self.units, percent=self.percent, min_to_list=self.min_to_list, max=self.max, floor=self.floor
        )


class RuleMatch(Section):
    """What a stock rule is about: exactly one of the four."""

    sku: Text | None = Field(default=None, description="One SKU, as typed on Amazon; letter case counts.")
    sku_pattern: Text | None = Field(
        default=None,
        description="SKUs by pattern: `*` is any text, `?` any one character, `[ab]` either; letter case counts.",
    )
    tag: Text | None = Field(default=None, description="A tag of the Shopify product; letter case does not count.")
    region: Region | None = Field(default=None, description="All SKUs of one region account.")

    def told(self) -> str:
        """The rule's name in words: `tag fragile-supply`."""
        kinds = (("sku", self.sku), ("pattern", self.sku_pattern), ("tag", self.tag), ("region", self.region))
        return next((f"{kind} {value}" for kind, value in kinds if value is not None), "no SKU")


class StockRule(Section):
    """A buffer, or a refusal to push, for some SKUs."""

    match: RuleMatch = Field(description="Which SKUs the rule is about; exactly one key.")
    buffer: BufferSettings | None = Field(
        default=None,
        description="The buffer for these SKUs. It takes the place of the default whole; nothing is added up.",
    )
    never_push: Flag | None = Field(
        default=None, description="true: nothing is ever sent for these SKUs; false: lifts that."
    )


class SkuRule(NamedTuple):
    """What the rules say of one SKU: its buffer, where that comes from in words, and whether it is never pushed."""

    buffer: Buffer
    described: str
    never_push: bool


class StockSettings(Section):
    """How MFN stock is promised to Amazon.

    Of the rules that match a SKU, the more specific wins: `sku`, then `sku_pattern`, then `tag`, then `region`, then
    the default; of two as specific as each other, the later one in the file. Buffer and `never_push` are looked up
    apart, so a rule that only says one of them leaves the other as it is.
    """

    buffer: BufferSettings = Field(default=BufferSettings(), description="The buffer where no rule says otherwise.")
    leak_policy: LeakPolicy = Field(
        default="hold",
        description="When somebody else changed a quantity on Amazon: `hold` the SKU for a person, `restore` our own "
        "number, or `accept` theirs and go on from there.",
    )
    explain_within_minutes: Minutes = Field(
        default=30, description="How long units missing on Amazon count as sold before an order has to explain them."
    )
    read_back_within_minutes: Minutes = Field(
        default=15, description="How long Amazon may take to show a quantity that it accepted before it is sent again."
    )
    max_attempts: Positive = Field(default=3, description="How often one quantity is sent before a person is asked.")
    feed_from: Positive = Field(
        default=500, description="Plans of this many SKUs and more go as one feed, smaller ones call by call."
    )
    accept_overpromise: Flag = Field(
        default=False, description="Whether the shares of the accounts may add up to more than 100 percent of one pool."
    )
    rules: tuple[StockRule, ...] = Field(default=(), alias="rule", description="Exceptions from the default.")

    def rule_for(self, sku: str, tags: Sequence[str], region: str) -> SkuRule:
        """What counts for a SKU: `sku` as typed on Amazon, `tags` of the Shopify product, `region` of the account."""
        buffers, refusals, default = self._books
        buffer, described = buffers.find(sku, tags, region) or default
        never, refused_by = refusals.find(sku, tags, region) or (False, "")
        return SkuRule(buffer, f"{described}; never pushed ({refused_by})" if never else described, never)

    @cached_property
    def _books(self) -> tuple[_Book[tuple[Buffer, str]], _Book[tuple[bool, str]], tuple[Buffer, str]]:
        buffers = [
            (rule.match, _told(rule.buffer, rule.match.told())) for rule in self.rules if rule.buffer is not None
        ]
        refusals = [
            (rule.match, (rule.never_push, rule.match.told())) for rule in self.rules if rule.never_push is not None
        ]
        return _Book(buffers), _Book(refusals), _told(self.buffer, "default")


def _told(settings: BufferSettings, name: str) -> tuple[Buffer, str]:
    buffer = settings.as_rule()
    return buffer, f"{name}: {buffer.told()}"


class _Book(Generic[T]):
    """What the rules say of one setting, indexed so that a million SKUs can be asked about."""

    def __init__(self, entries: Iterable[tuple[RuleMatch, T]]) -> None:
        self._by_sku: dict[str, T] = {}
        self._by_pattern: list[tuple[re.Pattern[str], T]] = []
        self._by_tag: dict[str, tuple[int, T]] = {}
        self._by_region: dict[str, T] = {}
        for place, (match, said) in enumerate(entries):
            if match.sku is not None:
                self._by_sku[match.sku] = said
            elif match.sku_pattern is not None:
                self._by_pattern.insert(0, (re.compile(fnmatch.translate(match.sku_pattern)), said))
            elif match.tag is not None:
                self._by_tag[_tag(match.tag)] = (place, said)
            elif match.region is not None:
                self._by_region[match.region] = said

    def find(self, sku: str, tags: Sequence[str], region: str) -> T | None:
        if sku in self._by_sku:
            return self._by_sku[sku]
        for pattern, said in self._by_pattern:
            if pattern.match(sku):
                return said
        if self._by_tag:
            tagged = [self._by_tag[tag] for tag in map(_tag, tags) if tag in self._by_tag]
            if tagged:
                return max(tagged, key=lambda entry: entry[0])[1]
        return self._by_region.get(region)


def _tag(tag: str) -> str:
    # Shopify takes tags that differ only by letter case for the same tag.
    return tag.strip().casefold()
