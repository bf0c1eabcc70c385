"""Stock: leaks, the breaker, loops, and listings that cannot be kept in step."""

from __future__ import annotations

from typing import Final

from integration_assets.rules.exception_kinds.kind import ExceptionKind

_RESTORE = "`instep release --restore --region {region} --note '...' {seller_sku}`"
_ACCEPT = "`instep release --accept --region {region} --note '...' {seller_sku}`"

KINDS: Final = (
    ExceptionKind(
        name="ownership_leak",
        title="Somebody else changed a quantity on Amazon",
        team="ecommerce",
        record_owner="Shopify",
        severity="urgent",
        deadline="",
        told=(
            "Amazon {region} shows {shown} of {seller_sku}: {leak_units} units that no push and no order explains. "
            "Nothing is sent for it until somebody decides."
        ),
        steps=(
            "Run `instep explain {seller_sku}` to see who wrote what and when.",
            "Find the other writer: a person in Seller Central, a repricer, an old integration, a file upload.",
            "Stop it from writing quantities, or tell us to leave the SKU alone with `never_push` in `[[stock.rule]]`.",
            f"To put our number back: {_RESTORE}.",
            f"To keep Amazon's until the stock changes: {_ACCEPT}.",
        ),
        closes_when="Amazon's number can be explained again, or somebody has released the SKU.",
    ),
    ExceptionKind(
        name="breaker_open",
        title="A plan is held because it changes too much at once",
        team="ecommerce",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="The plan for Amazon {region} is held: {reason}. Nothing of it was sent.",
        steps=(
            "Run `instep plan` and look at what would go to zero.",
            "Check in Shopify that these products really have no stock, and that the pool's locations are active.",
            "If the stock is wrong, mend it in Shopify; the next cycle makes a new plan.",
            "If the plan is right: `instep release --breaker --region {region} --note '...'`.",
        ),
        closes_when="A later plan stays within the limits, or somebody has released the breaker.",
    ),
    ExceptionKind(
        name="sync_loop",
        title="A quantity is written in circles",
        team="engineering",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="{seller_sku} on Amazon {region} is written in circles: {reason}.",
        steps=(
            "Run `instep explain {seller_sku}` and compare its pushes with the changes of its stock.",
            "Look for a second tool that writes the same SKU on Amazon or adjusts its stock in Shopify.",
            "Check that no location mirroring FBA is in `[pools.mfn]`.",
            f"When the cause is gone: {_RESTORE}.",
        ),
        closes_when="The SKU has been written no more often than its stock changed for a whole window.",
    ),
    ExceptionKind(
        name="stuck_listing",
        title="Amazon accepts a quantity and does not apply it",
        team="ecommerce",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told=(
            "Amazon {region} accepted {quantity} for {seller_sku} {attempts} times and still shows {shown}. "
            "Its own answer to the last try is {reference}."
        ),
        steps=(
            "Open the listing in Seller Central and look for errors or a pending review.",
            "If Amazon shows too many, close the offer there until it is mended: orders for it may not be served.",
            "Ask Seller Support and name the reference above.",
            f"To try again now: {_RESTORE}.",
        ),
        closes_when="Amazon is seen to show the quantity.",
    ),
    ExceptionKind(
        name="push_rejected",
        title="Amazon refuses a quantity",
        team="ecommerce",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told="Amazon {region} refused {quantity} for {seller_sku}: {detail}.",
        steps=(
            "Read Amazon's reason: most often the listing is incomplete, suppressed or does not exist any more.",
            "Mend the listing in Seller Central.",
            "It is tried again after some hours, and at once when its stock changes.",
            f"To try again now: {_RESTORE}.",
        ),
        closes_when="A later push of the SKU is accepted, or its target is what Amazon shows.",
    ),
    ExceptionKind(
        name="unmapped_sku",
        title="An Amazon SKU has no product in Shopify",
        team="ecommerce",
        record_owner="Shopify",
        severity="normal",
        deadline="",
        told="{seller_sku} on Amazon {region} meets no variant in Shopify: {reason}. Its stock is not kept.",
        steps=(
            "Give the variant in Shopify the same SKU as on Amazon, letter by letter.",
            "If the two must differ, add a line to `[mapping] override` in the operating model.",
            "If it is not for Shopify at all, add it to `ignore` in `[[mapping.rule]]`.",
        ),
        closes_when="The SKU is mapped, ignored, or no longer listed on Amazon.",
    ),
    ExceptionKind(
        name="ambiguous_sku",
        title="An Amazon SKU meets several products in Shopify",
        team="ecommerce",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="{seller_sku} on Amazon {region} meets more than one variant in Shopify: {reason}. Its stock is not kept.",
        steps=(
            "Find the variants that share the SKU in Shopify and give each its own.",
            "If they must share it, name the right one in `[mapping] override` in the operating model.",
        ),
        closes_when="The SKU meets one variant only.",
    ),
    ExceptionKind(
        name="case_twin",
        title="SKUs differ by letter case or spaces only",
        team="ecommerce",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="{seller_sku} on Amazon {region} has a twin that differs by letter case or spaces only: {reason}.",
        steps=(
            "Decide which of the spellings is the product; for Amazon they are different SKUs.",
            "Rename or delete the other one, or pair each by hand in `[mapping] override` in the operating model.",
        ),
        closes_when="No other SKU has the same spelling but for case and spaces, or each twin is paired by hand.",
    ),
    ExceptionKind(
        name="mixed_channel",
        title="An offer is both merchant-fulfilled and FBA",
        team="ecommerce",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told=(
            "{seller_sku} on Amazon {region} has offers by the merchant and by Amazon at once ({channels}). "
            "No quantity is sent for it: it could turn the FBA offer into one that you have to ship."
        ),
        steps=(
            "Open the SKU in Seller Central, Manage Inventory, and see which way it should be fulfilled.",
            "Convert it there to one way only, or sell the other way under a SKU of its own.",
        ),
        closes_when="Amazon names one way of fulfilment only.",
    ),
    ExceptionKind(
        name="untracked_item",
        title="Shopify does not count the stock of a product sold on Amazon",
        team="ecommerce",
        record_owner="Shopify",
        severity="normal",
        deadline="",
        told="{seller_sku} on Amazon {region} cannot be kept in step: {reason}.",
        steps=(
            "In Shopify, open the product and switch on `Track quantity`; for a bundle, on each component.",
            "Enter the stock at the locations of the pool.",
            "If it is meant to be unlimited, set `never_push` for it in `[[stock.rule]]` and keep it on Amazon.",
        ),
        closes_when="Shopify counts its stock, or the operating model says it is never pushed.",
    ),
    ExceptionKind(
        name="unknown_outcome",
        title="It is not known whether a push was applied",
        team="operations",
        record_owner="Amazon",
        severity="high",
        deadline="",
        told=(
            "Since {since} it is not known whether Amazon {region} took {quantity} for {seller_sku}: the call got no "
            "answer, and reading back has not settled it."
        ),
        steps=(
            "Compare the quantity in Seller Central with `instep explain {seller_sku}`.",
            "Run `instep doctor` to see whether Amazon can be reached.",
            f"To send our number again: {_RESTORE}.",
        ),
        closes_when="A read-back has shown what became of it.",
    ),
)
