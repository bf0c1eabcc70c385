"""What the operating model says, as sentences and tables for people who will never open it."""

from __future__ import annotations

from collections.abc import Iterator

from resources.operating_model import OperatingModel
from resources.operating_model_parts.stock import BufferSettings, StockRule
from resources.operating_model_parts.types import TEAMS

OWNED = (
    ("catalogue, SKU, price", "Shopify", "Shopify to Amazon", "Amazon never writes it back"),
    ("stock that the merchant ships", "Shopify", "Shopify to Amazon", "a failed read is never zero stock"),
    ("FBA stock", "Amazon", "Amazon to one locked Shopify location", "a quantity is never sent to an FBA SKU"),
    ("Amazon orders", "Amazon", "Amazon to Shopify", "the echo of a Multi-Channel order is never imported"),
    ("shipment and tracking of the merchant", "Shopify", "Shopify to Amazon", "never twice, never lost"),
    ("FBA shipment status", "Amazon", "Amazon to Shopify", ""),
    ("cancellations and refunds made on Amazon", "Amazon", "Amazon to Shopify", "never recorded twice"),
    ("fees and payouts", "Amazon's settlements", "Amazon to the warehouse", "two currencies are never netted"),
)


def owners(model: OperatingModel) -> Iterator[str]:
    """Who owns which record, and the places and accounts by name."""
    yield "\n".join(
        ["| record | owner | flows | never |", "|---|---|---|---|"]
        + [f"| {record} | {owner} | {flows} | {never} |" for record, owner, flows, never in OWNED]
    )
    yield f"The shop is `{model.shopify.shop}`. The merchant ships from {_and(model.pools.mfn.locations)}."
    accounts = []
    for region, account in sorted(model.amazon.items()):
        mirror = model.fba_location(region)
        fba = f"FBA stock is mirrored at {mirror}" if mirror else "FBA stock is seen in the warehouse only"
        accounts.append(
            f"| {region} | `{account.seller_id}` | {', '.join(account.marketplaces)} | {account.share} % | {fba} |"
        )
    yield "\n".join(
        ["| Amazon account | seller | marketplaces | share of the pool | FBA |", "|---|---|---|---|---|", *accounts]
    )
    yield "What is written to the outside, and what is only shown:"
    modes = type(model.mode).model_fields
    yield "\n".join(
        ["| effect | mode |", "|---|---|"]
        + [f"| {name.replace('_', ' ')} | {getattr(model.mode, name)} |" for name in modes]
    )


def promises(model: OperatingModel) -> Iterator[str]:
    """Buffers, policies and limits in words."""
    stock, breaker, loop = model.stock, model.breaker, model.loop
    lines = [f"- Kept back of every SKU: {_buffer(stock.buffer)}."]
    lines += [f"- SKUs by {rule.match.told()}: {_rule(rule)}." for rule in stock.rules]
    lines.append(
        {
            "hold": "- A quantity that somebody else wrote on Amazon is held for a person.",
            "restore": "- A quantity that somebody else wrote on Amazon is overwritten with ours.",
            "accept": "- A quantity that somebody else wrote on Amazon stays until our own stock changes.",
        }[stock.leak_policy]
    )
    lines.append(
        f"- A plan that would set more than {breaker.max_zeroed_percent} % of the live SKUs to zero, and at least "
        f"{breaker.min_skus} of them, is held whole."
    )
    if breaker.max_moved_percent is not None:
        lines.append(f"- So is one that would change more than {breaker.max_moved_percent} % of them at all.")
    lines.append(
        f"- An answer that is more than {breaker.max_shrink_percent} % smaller than the last one is a failed read."
    )
    lines.append(
        f"- A SKU that is written more than {loop.max_pushes} times in {loop.window_minutes} minutes, and more often "
        "than its stock changed, is held."
    )
    yield "\n".join(lines)


def told_how(model: OperatingModel) -> str:
    """Which team hears of things by how many channels, and when nobody is disturbed."""
    alerts = model.alerts
    lines = []
    for team in TEAMS.allowed:
        own = model.teams.get(team)
        channels = own.alerts if own and own.alerts else alerts.fallback
        names = ", ".join(f"`{ref.env}`" for ref in channels)
        lines.append(f"- {team}: {f'by {names}' if names else 'no channel is declared; look at the operator page'}.")
    if alerts.quiet_from and alerts.quiet_until:
        lines.append(
            f"- From {alerts.quiet_from} to {alerts.quiet_until} ({alerts.time_zone}) only what has a deadline before "
            "the morning is told."
        )
    lines.append(f"- A deadline is told again {alerts.due_within_hours} hours before it passes.")
    lines.append(f"- More than {alerts.digest_over} exceptions at once come as one digest.")
    return "\n".join(lines)


def _buffer(buffer: BufferSettings) -> str:
    """What a buffer keeps back, in words."""
    told = []
    if buffer.units:
        told.append("1 unit" if buffer.units == 1 else f"{buffer.units} units")
    if buffer.percent:
        told.append(f"{buffer.percent} % of what can be sold{', where that is more' if buffer.units else ''}")
    if buffer.floor:
        told.append(f"all of it at {buffer.floor} or fewer")
    if buffer.min_to_list:
        told.append(f"all of it when fewer than {buffer.min_to_list} would be shown")
    if buffer.max is not None:
        told.append(f"what is over {buffer.max}")
    return ", ".join(told) or "nothing"


def _rule(rule: StockRule) -> str:
    if rule.never_push:
        return "listed by hand, never touched"
    return f"kept back: {_buffer(rule.buffer)}" if rule.buffer is not None else "as every other"


def _and(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
