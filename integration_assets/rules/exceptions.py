"""The catalogue of exceptions: what each kind means, who mends it, how, and when it closes by itself.

Alerts, the operator page, the runbook and the asset checks are made from it. Raise one with the facts its sentence
names; the sentence is written for somebody who has never seen the code.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType
from typing import Final, Literal

Team = Literal["ecommerce", "operations", "finance", "engineering"]
Owner = Literal["Shopify", "Amazon", "Instep"]
Severity = Literal["urgent", "high", "normal"]
"""`urgent`: sales go wrong now. `high`: they will, unless somebody acts today. `normal`: something is left out."""


_RESTORE = "`instep release --restore --region {region} --note '...' {seller_sku}`"
_ACCEPT = "`instep release --accept --region {region} --note '...' {seller_sku}`"


@dataclass(frozen=True, slots=True)
class ExceptionKind:
    """One kind of exception.

    `record_owner` is the system whose word counts for the record. `deadline` is the rule in words, empty where there is
    none. `told` is a sentence with the names of facts in braces; `steps` are in the order to try them.
    """

    name: str
    title: str
    team: Team
    record_owner: Owner
    severity: Severity
    deadline: str
    told: str
    steps: tuple[str, ...]
    closes_when: str

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts that `told` needs; `steps` need no others."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.told) if name)

    def tell(self, **facts: object) -> str:
        """The sentence with the facts filled in. KeyError names a missing fact; more facts than needed are no harm."""
        return self.told.format(**facts)

    def steps_for(self, **facts: object) -> tuple[str, ...]:
        """The steps with the facts filled in. KeyError as in `tell`.

        Steps name a SKU only at the end of commands, so one with spaces or signs in it is quoted for the shell, and
        one that begins like an option is kept from being taken for one.
        """
        if "seller_sku" in facts:
            sku = str(facts["seller_sku"])
            facts["seller_sku"] = ("-- " if sku.startswith("-") else "") + shlex.quote(sku)
        return tuple(step.format(**facts) for step in self.steps)


_KINDS: Final = (
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
        name="conflicting_marketplaces",
        title="Two marketplaces want different numbers for one SKU",
        team="ecommerce",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told=(
            "{seller_sku} on Amazon {region} is asked for different quantities by its marketplaces: {reason}. "
            "Amazon keeps one number for all of them, so the lowest is used."
        ),
        steps=(
            "Make the stock rules agree for all marketplaces of the region account.",
            "If the marketplaces must differ, list the product under a SKU of its own in each.",
        ),
        closes_when="All marketplaces of the account lead to one number.",
    ),
    ExceptionKind(
        name="suspect_snapshot",
        title="An answer is much smaller than the last one",
        team="operations",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="{source} answered with {new_rows} rows, where there were {old_rows}. The last answer is used.",
        steps=(
            "Check in {source} whether so much was really removed, or a location or permission was taken away.",
            "If it was a failed read, nothing is to be done: the next good one is taken.",
            "If it is right: `instep accept-snapshot {source} --note '...'`.",
        ),
        closes_when="An answer of plausible size has been read, or somebody has accepted the small one.",
    ),
    ExceptionKind(
        name="oversold",
        title="More was sold than there is",
        team="operations",
        record_owner="Shopify",
        severity="urgent",
        deadline="Before the earliest ship-by time of the orders that hold the units.",
        told=(
            "{seller_sku}: orders need {units} units more than the pool has ({available} available, {held} held for "
            "Amazon orders). Amazon {region} is told to show none."
        ),
        steps=(
            "Count the product: there may be stock that Shopify does not know.",
            "Move stock in from another location, or buy in, before the ship-by time.",
            "Otherwise cancel the newest order on the channel it came from; a cancellation counts against the account.",
            "Think of a larger buffer for this SKU in `[[stock.rule]]`.",
        ),
        closes_when="The pool covers every order that holds units of it.",
    ),
    ExceptionKind(
        name="stale_source",
        title="A source has not been read for too long",
        team="operations",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="{source} was last read at {read_at}, {age} ago. Decisions rest on old numbers.",
        steps=(
            "Run `instep doctor`: it tells whether the source, the credentials or the schedule is at fault.",
            "Look at the last run of the source in Dagster and at its error.",
            "When it is mended, run `instep sync --once`.",
        ),
        closes_when="The source has been read again.",
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
    ExceptionKind(
        name="throttled",
        title="A service keeps asking us to wait",
        team="engineering",
        record_owner="Instep",
        severity="normal",
        deadline="",
        told="{service} made us wait {times} times for {operation} in {minutes} minutes. Work is late, not lost.",
        steps=(
            "Look for another application that uses the same account: it shares the allowance.",
            "Compare the rates in `instep doctor` with those Amazon or Shopify grants the account.",
            "Run large catch-ups outside of trading hours.",
        ),
        closes_when="The operation has gone through for an hour without being asked to wait.",
    ),
    ExceptionKind(
        name="credentials",
        title="A service does not accept our credentials",
        team="engineering",
        record_owner="Instep",
        severity="urgent",
        deadline="",
        told="{service} refuses our credentials: {detail}. Nothing is read or sent there until they are mended.",
        steps=(
            "Run `instep doctor`: it names the variable or the permission at fault, never the secret.",
            "On Amazon, check that the application is still authorised and has the roles it needs.",
            "On Shopify, check that the app is installed and has the scopes it needs.",
            "Put the new secret into the environment and start the services again.",
        ),
        closes_when="A call to the service has succeeded.",
    ),
    ExceptionKind(
        name="missing_webhook",
        title="Shopify does not tell us of changes any more",
        team="engineering",
        record_owner="Shopify",
        severity="high",
        deadline="",
        told="The subscription to {topic} is missing. Changes are found by the schedule, up to {minutes} minutes late.",
        steps=(
            "Check that the receiver runs and that its public address can be reached from outside.",
            "Run `instep setup` to subscribe again.",
            "Shopify removes a subscription after repeated failures: look for refusals in the receiver's log.",
        ),
        closes_when="The subscription is there again.",
    ),
    ExceptionKind(
        name="failed_run",
        title="A run has failed",
        team="engineering",
        record_owner="Instep",
        severity="high",
        deadline="",
        told="The run of {job} failed at {step}: {detail}.",
        steps=(
            "Read the error: it says what happened and what to do next.",
            "When the cause is mended, run the job again; nothing is sent twice by running it again.",
        ),
        closes_when="A later run of the same job has succeeded.",
    ),
)

CATALOGUE: Final[Mapping[str, ExceptionKind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
