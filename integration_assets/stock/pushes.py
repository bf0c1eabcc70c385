"""What the ledger knows of a region account's pushes, in the terms of the stock rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from integration_assets.rules.evidence import Baseline, Sent
from integration_assets.rules.position import Newest, Release
from resources.ledger import Ledger

KIND = "stock_push"


class Pushes(NamedTuple):
    """By SKU: the last number seen applied, the newest push, values that may still land, pushes of late, releases.

    And the variant in Shopify whose stock was sent last. By effect: each sending of what may still land.
    """

    baselines: Mapping[str, Baseline]
    newest: Mapping[str, Newest]
    in_the_air: Mapping[str, Sequence[Sent]]
    in_window: Mapping[str, int]
    releases: Mapping[str, Release]
    stood_for: Mapping[str, str]
    sendings: Mapping[int, Sequence[Sent]]

    def oldest(self) -> Iterator[tuple[str, datetime]]:
        """Each SKU with the oldest sending that its number on Amazon may still come from."""
        for sku in {*self.baselines, *self.in_the_air}:
            sent = [one.sent_at for one in self.in_the_air.get(sku, ())]
            if sku in self.baselines:
                sent.append(self.baselines[sku].sent_at)
            yield sku, min(sent)


def pushes_of(ledger: Ledger, region: str, window_since: datetime) -> Pushes:
    """Read the pushes of a region account; `window_since` is where the loop guard's window begins."""
    verified = ledger.last_verified(KIND, region)
    baselines = {
        sku: Baseline(seen.payload["quantity"], seen.first_sent_at, seen.verified_at) for sku, seen in verified.items()
    }
    stood_for = {sku: seen.payload["variant_id"] for sku, seen in verified.items() if seen.payload.get("variant_id")}
    in_the_air: dict[str, list[Sent]] = defaultdict(list)
    sendings: dict[int, Sequence[Sent]] = {}
    flying = ledger.in_the_air(KIND, region)
    first_sent = ledger.first_sent(effect.effect_id for effect in flying)
    for effect in flying:
        if effect.sent_at is not None:
            # Sent again, the first sending may be the one that is applied as well as the last.
            sent_at = sorted({first_sent[effect.effect_id], effect.sent_at})
            sendings[effect.effect_id] = [Sent(effect.payload["quantity"], at) for at in sent_at]
            in_the_air[effect.subject] += sendings[effect.effect_id]
            if effect.payload.get("variant_id"):
                stood_for[effect.subject] = effect.payload["variant_id"]
    return Pushes(
        baselines=baselines,
        newest={
            sku: Newest(effect.state, effect.payload["quantity"], effect.decided_at, effect.sent_at)
            for sku, effect in ledger.newest(KIND, region).items()
        },
        in_the_air=in_the_air,
        sendings=sendings,
        in_window=ledger.count_pushes(KIND, region, window_since),
        releases={sku: Release(word.word, word.quantity, word.at) for sku, word in ledger.baselines(region).items()},
        stood_for=stood_for,
    )
