"""Having Amazon tell of changed orders on the brand's queue: seen to be so, or made so. Safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass

from integration_assets.contracts.errors import ConfigurationError
from resources.amazon_parts.notifications import PAYLOAD_VERSION, NotificationSetup
from resources.queues import SENDER, QueueFacts

LET_IN = (
    f"Amazon (AWS account {SENDER}) may not write to the queue, so nothing will arrive: allow it sqs:SendMessage and "
    "sqs:GetQueueAttributes in the queue's access policy."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How things are: where the seller's subscription leads, and whether the queue is known as a place to send to."""

    arn: str
    destination_id: str | None
    subscribed: bool
    leads_elsewhere: str | None
    payload_version: str | None

    @property
    def is_well(self) -> bool:
        """Whether changed orders are told on our queue, in words that we can read."""
        return self.subscribed and self.leads_elsewhere is None and self.payload_version == PAYLOAD_VERSION


def standing(setup: NotificationSetup, facts: QueueFacts) -> Standing:
    """Ask Amazon how things are; changes nothing. Two calls."""
    places = setup.destinations()
    subscription = setup.subscription()
    ours = next((each.destination_id for each in places if each.arn == facts.arn), None)
    elsewhere = None
    if subscription is not None and subscription.destination_id != ours:
        known = {each.destination_id: each.arn or each.name for each in places}
        elsewhere = known.get(subscription.destination_id, f"destination {subscription.destination_id}")
    return Standing(
        arn=facts.arn,
        destination_id=ours,
        subscribed=subscription is not None,
        leads_elsewhere=elsewhere,
        payload_version=subscription.payload_version if subscription else None,
    )


def subscribe(setup: NotificationSetup, facts: QueueFacts, region: str) -> str:
    """Name the queue to Amazon and subscribe the seller, where that is not so yet; what was done, in words.

    ConfigurationError where the seller's only subscription leads elsewhere: another program may live by it.
    """
    found = standing(setup, facts)
    if found.leads_elsewhere is not None:
        raise ConfigurationError(
            f"Amazon {region} tells of changed orders at {found.leads_elsewhere}, and allows one place only.",
            todo=f"Name that queue under [amazon.{region}.notifications], or have whatever uses it unsubscribe.",
        )
    if found.subscribed and found.payload_version != PAYLOAD_VERSION:
        raise ConfigurationError(
            f"Amazon {region} is subscribed to version {found.payload_version} of its notifications; "
            f"expected {PAYLOAD_VERSION}.",
            todo="Delete that subscription in the Notifications API, then repeat this.",
        )
    told = "there already"
    if not found.subscribed:
        place = found.destination_id or setup.add_destination(f"instep-{region}", facts.arn).destination_id
        setup.subscribe(place)
        told = "made now"
    return f"told at {facts.arn}, {told}" + ("" if facts.lets_amazon_in else f". {LET_IN}")
