"""Prices: somebody else's, ones that move too far, and ones that Amazon does not take."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

_RELEASE = "`instep release-prices --region {region} --note '...' {seller_sku}`"

KINDS: Final = (
    ExceptionKind(
        name="price_leak",
        title="Somebody else changed a price on Amazon",
        team="ecommerce",
        record_owner="Shopify",
        severity="urgent",
        deadline="",
        told=(
            "{seller_sku} shows {shown} in {country} (Amazon {region}); it should show {target}: {reason}. "
            "Nothing is sent for it until somebody decides."
        ),
        steps=(
            "Find who set it: a repricer, a rule in Seller Central, a promotion, a person.",
            "Stop them, or say `managed_elsewhere` for the SKU in `[[prices.rule]]`.",
            f"To put our price back: {_RELEASE}.",
        ),
        closes_when="Amazon shows our price, or the SKU is said to be managed elsewhere.",
    ),
    ExceptionKind(
        name="price_move_held",
        title="A price moves too far at once",
        team="ecommerce",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="{seller_sku} would go from {shown} to {target} in {country} (Amazon {region}): {reason}.",
        steps=(
            "Look at its price in Shopify, at `fx` and at the rules in `[prices]`.",
            "If it is wrong, mend it there; the next cycle decides again.",
            f"If it is right: {_RELEASE}.",
        ),
        closes_when="The price moves less far, or somebody has let it go.",
    ),
    ExceptionKind(
        name="price_plan_held",
        title="Too many prices would change at once",
        team="ecommerce",
        record_owner="Shopify",
        severity="urgent",
        deadline="",
        told="Plan {plan} of the prices of Amazon {region} is held: {reason}. Nothing of it was sent.",
        steps=(
            "Look at `reconcile.price_position`, or at the audit, for what would change.",
            "If a rate or a rule is wrong, mend it in `[prices]`; the next cycle makes a new plan.",
            "If the plan is right: `instep release-prices --region {region} --plan {plan} --note '...'`.",
            "A plan that has changed since has another name, and is a new question.",
        ),
        closes_when="A later plan stays within the limits, or somebody has let it go.",
    ),
    ExceptionKind(
        name="price_refused",
        title="Amazon refuses a price",
        team="ecommerce",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told="Amazon {region} refused the price of {seller_sku} ({prices}): {detail}.",
        steps=(
            "Read Amazon's reason: most often the listing is incomplete, or the price is outside its limits there.",
            "Mend the listing in Seller Central, or the rule in `[[prices.rule]]`.",
            "It is tried again after six hours, and at once when the price changes.",
        ),
        closes_when="A later price of the SKU is accepted.",
    ),
    ExceptionKind(
        name="price_not_shown",
        title="Amazon accepts a price and does not show it",
        team="ecommerce",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told="Amazon {region} accepted the price of {seller_sku} ({prices}) {attempts} times: {detail}.",
        steps=(
            "Open the listing in Seller Central and look for pricing alerts, or for a price outside the limits there.",
            "Ask Seller Support where nothing is to be seen.",
        ),
        closes_when="Amazon is seen to show the price.",
    ),
)
