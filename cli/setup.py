"""`instep setup`: prepare the stores, check what the operating model names, and mend the webhook subscriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.main import OK
from cli.output import place_of, say
from integration_assets.contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from resources.ledger import Ledger
    from resources.shopify import Shopify

TOPICS = (
    "INVENTORY_LEVELS_UPDATE",
    "INVENTORY_LEVELS_CONNECT",
    "INVENTORY_LEVELS_DISCONNECT",
    "FULFILLMENTS_CREATE",
    "FULFILLMENTS_UPDATE",
    "ORDERS_CANCELLED",
    "REFUNDS_CREATE",
)
DOOR = "/webhooks/shopify"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def setup(model: Path | None, *, url: str | None) -> int:
    """Do all of it; every step is safe to repeat. Shopify drops a subscription after failures, so repeat it daily."""
    from integration_assets.fba.location import set_up
    from integration_assets.mcf.service import open_up
    from integration_assets.orders.subscribing import subscribe
    from resources.connections import connect
    from resources.pools import remember_pool
    from sensors.listener import nothing_to_hear

    with connect(model) as connections:
        public = _reachable(url or connections.model.receiver.public_url or "")
        # Before anything is made: every variable that is missing, and a rehearsal whose sandbox does not answer.
        _ = connections.secrets, connections.clock.now()
        connections.ledger.migrate()
        say(f"ledger            ready at {place_of(connections.ledger)}")
        pool = remember_pool(connections.ledger, connections.model, connections.shopify.locations())
        say(f"MFN pool          {', '.join(sorted(pool.values()))}")
        for region in sorted(connections.model.pools.fba):
            told = set_up(connections.model, region, connections.shopify, connections.shopify.locations())
            say(f"{f'FBA mirror {region}':<18}{told}")
        if name := connections.model.mcf.service:
            say(f"MCF service       {open_up(connections.model, connections.shopify, name)}")
        for region in sorted(connections.model.amazon):
            connections.amazon.account(region).check_participations()
            countries = ", ".join(one.country for one in connections.model.marketplaces(region))
            say(f"{f'Amazon {region}':<18}sells in {countries}")
        for region, queue in sorted(connections.queues.items()):
            told = subscribe(connections.amazon.account(region).notifications, queue.facts(), region)
            say(f"{f'order changes {region}':<18}{told}")
        for region in connections.model.amazon.keys() - connections.queues.keys():
            nothing_to_hear(connections.ledger, region)
        if connections.model.mode.order_import == "live":
            made = connections.shopify.order_writes.define_mark()
            say(f"order mark        metafield instep.amazon_order_id, {'made now' if made else 'there already'}")
        if public:
            mend(connections.shopify, connections.ledger, public + DOOR)
        else:
            say("webhooks          none: without receiver.public_url, the reconciliation alone finds changes")
    return OK


def mend(shopify: Shopify, ledger: Ledger, uri: str) -> None:
    """Make the subscriptions of our topics exactly one each, at this address, and note what there must be."""
    from integration_assets.service.health import WEBHOOKS_CURSOR

    standing = shopify.webhook_subscriptions()
    for subscription in standing:
        if subscription.topic in TOPICS and subscription.uri != uri and subscription.uri.endswith(DOOR):
            shopify.unsubscribe(subscription.subscription_id)
    have = {subscription.topic for subscription in standing if subscription.uri == uri}
    for topic in TOPICS:
        if topic not in have:
            shopify.subscribe(topic, uri)
    ledger.set_cursor(WEBHOOKS_CURSOR, json.dumps({"uri": uri, "topics": list(TOPICS)}))
    say(f"webhooks          {len(TOPICS)} topics to {uri}, {len(set(TOPICS) - have)} made now")


def _reachable(url: str) -> str:
    """The receiver's address without a slash at its end. ConfigurationError where Shopify could not deliver to it."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in LOOPBACK
    if url and not (parts.hostname and (parts.scheme == "https" or here)):
        raise ConfigurationError(
            f"Shopify cannot deliver webhooks to {url!r}: expected an https address (http only on this machine).",
            todo="Give the address under which the receiver is reached from outside.",
        )
    return url.rstrip("/").removesuffix(DOOR)
