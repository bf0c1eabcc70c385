"""Webhook subscriptions of the shop: create, update, delete, and how they look.

Uris must be https, as Shopify demands; plain http is let through to the loopback addresses, so that a receiver on this
machine can be tried without a certificate.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from sandbox.shopify import gids
from sandbox.shopify.context import Context
from sandbox.shopify.problems import unsupported, user_error
from sandbox.shopify.registry import Fields
from sandbox.shopify.state import SubscriptionOptions
from sandbox.world import WebhookSubscription

Payload = dict[str, Any]


def create(context: Context, args: dict[str, Any]) -> Payload:
    """Subscribe a uri to a topic (webhookSubscriptionCreate)."""
    given = args["webhookSubscription"]
    uri = given.get("uri") or given.get("callbackUrl")
    if refused := _uri_error(uri):
        return {"webhookSubscription": None, "userErrors": [refused]}
    subscriptions = context.world.shop.subscriptions
    if any(each.topic == args["topic"] and each.uri == uri for each in subscriptions.values()):
        taken = user_error(["webhookSubscription", "callbackUrl"], "Address for this topic has already been taken")
        return {"webhookSubscription": None, "userErrors": [taken]}
    subscription = WebhookSubscription(context.world.next_id(), args["topic"], uri, context.now)
    subscriptions[subscription.id] = subscription
    _remember(context, subscription, given)
    context.did(f"subscribed to {args['topic']}", [uri])
    return {"webhookSubscription": subscription, "userErrors": []}


def update(context: Context, args: dict[str, Any]) -> Payload:
    """Change uri or options (webhookSubscriptionUpdate)."""
    subscription = _named(context, args["id"])
    if subscription is None:
        return {"webhookSubscription": None, "userErrors": [_missing()]}
    given = args["webhookSubscription"]
    uri = given.get("uri") or given.get("callbackUrl")
    if uri is not None:
        if refused := _uri_error(uri):
            return {"webhookSubscription": None, "userErrors": [refused]}
        subscription.uri = uri
    _remember(context, subscription, given)
    context.did(f"subscription of {subscription.topic} changed", [subscription.uri])
    return {"webhookSubscription": subscription, "userErrors": []}


def delete(context: Context, args: dict[str, Any]) -> Payload:
    """Unsubscribe (webhookSubscriptionDelete)."""
    subscription = _named(context, args["id"])
    if subscription is None:
        return {"deletedWebhookSubscriptionId": None, "userErrors": [_missing()]}
    del context.world.shop.subscriptions[subscription.id]
    context.did(f"unsubscribed from {subscription.topic}", [subscription.uri])
    return {"deletedWebhookSubscriptionId": args["id"], "userErrors": []}


def options_of(context: Context, subscription: WebhookSubscription) -> SubscriptionOptions:
    """What the subscription was asked for beside topic and uri."""
    return context.state.subscription_options.get(subscription.id) or SubscriptionOptions()


def _named(context: Context, text: str) -> WebhookSubscription | None:
    return context.world.shop.subscriptions.get(gids.number_of(text, "WebhookSubscription") or 0)


def _missing() -> dict[str, Any]:
    return user_error(["id"], "Webhook subscription does not exist")


def _remember(context: Context, subscription: WebhookSubscription, given: dict[str, Any]) -> None:
    if given.get("format") not in (None, "JSON"):
        raise unsupported("webhooks in XML")
    options = context.state.subscription_options.setdefault(subscription.id, SubscriptionOptions())
    if "includeFields" in given:
        options.include_fields = list(given["includeFields"] or ())
    if "name" in given:
        options.name = given["name"]
    options.updated_at = context.now


def _uri_error(uri: str | None) -> dict[str, Any] | None:
    field = ["webhookSubscription", "callbackUrl"]
    if not uri:
        return user_error(field, "Address can't be blank")
    parts = urlsplit(uri)
    if not parts.hostname:
        return user_error(field, "Address is invalid")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return None
    return user_error(field, f"Address protocol {parts.scheme}:// is not supported")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


FIELDS: Fields = {
    "WebhookSubscription": {
        "id": lambda each, _: gids.gid("WebhookSubscription", each.id),
        "legacyResourceId": lambda each, _: each.id,
        "topic": lambda each, _: each.topic,
        "uri": lambda each, _: each.uri,
        "callbackUrl": lambda each, _: each.uri,
        "format": lambda _each, _: "JSON",
        "name": lambda each, context: options_of(context, each).name,
        "includeFields": lambda each, context: options_of(context, each).include_fields,
        "metafieldNamespaces": lambda _each, _: [],
        "filter": lambda _each, _: None,
        "apiVersion": lambda _each, context: {
            "displayName": context.version,
            "handle": context.version,
            "supported": True,
        },
        "createdAt": lambda each, _: each.created_at,
        "updatedAt": lambda each, context: options_of(context, each).updated_at or each.created_at,
    }
}
