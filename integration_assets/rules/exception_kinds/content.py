"""Listings: what somebody else wrote, what cannot be sent, and what Amazon does not take."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

KINDS: Final = (
    ExceptionKind(
        name="content_leak",
        title="Somebody else changed what a listing says",
        team="ecommerce",
        record_owner="Shopify",
        severity="normal",
        deadline="",
        told=(
            "The {attribute} of {seller_sku} in {country} (Amazon {region}) is neither ours nor what stood there "
            "before. Nothing is sent for it until somebody decides."
        ),
        steps=(
            "Compare `wanted` and `shown` in `reconcile.content_position`.",
            "If theirs is right, change the product in Shopify, or take the SKU out of `[[content.attribute]]`.",
            "To put ours back: `instep release-content --region {region} --note '...' {seller_sku}`.",
        ),
        closes_when="Amazon shows ours, or it is not led by Shopify any more.",
    ),
    ExceptionKind(
        name="content_unfit",
        title="What a product page says cannot be sent to Amazon",
        team="ecommerce",
        record_owner="Shopify",
        severity="normal",
        deadline="",
        told="The {attribute} of {seller_sku} is not sent to {country} (Amazon {region}): {reason}.",
        steps=(
            "Change it on the product page in Shopify; nothing is cut or cleaned without you.",
            "Or write Amazon's into a metafield of the product, and name it in `[[content.attribute]]`.",
        ),
        closes_when="It can be sent, or it is not led by Shopify any more.",
    ),
    ExceptionKind(
        name="content_refused",
        title="Amazon refuses what a listing is to say",
        team="ecommerce",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told="Amazon {region} refused the {attribute} of {seller_sku}: {detail}.",
        steps=(
            "Read Amazon's reason: a product type allows fewer characters, or asks for other attributes first.",
            "Mend the product in Shopify, or the listing in Seller Central.",
            "It is tried again after six hours, and at once when it changes.",
        ),
        closes_when="A later change of the listing is accepted.",
    ),
    ExceptionKind(
        name="content_not_shown",
        title="Amazon accepts what a listing is to say and does not show it",
        team="ecommerce",
        record_owner="Amazon",
        severity="normal",
        deadline="",
        told="Amazon {region} accepted the {attribute} of {seller_sku} {attempts} times: {detail}.",
        steps=(
            "Open the listing in Seller Central: another seller or the brand owner may decide what it says.",
            "Ask Seller Support where you own the brand, or take the SKU out of `[[content.attribute]]`.",
        ),
        closes_when="Amazon is seen to show it.",
    ),
)
