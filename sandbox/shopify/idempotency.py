"""`@idempotent(key:)`: which mutations demand it, and what a key that was seen before means. Keys live 24 hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.shopify.context import Context
from sandbox.shopify.problems import refusal, user_error
from sandbox.shopify.state import KEY_LIFE, Attempt

Payload = dict[str, Any]
DEMANDED = frozenset({"inventoryActivate", "inventoryAdjustQuantities", "inventorySetQuantities", "refundCreate"})
"""The mutations of the sandbox that Shopify refuses without the directive."""
REUSED = "The same idempotency key cannot be used with different operation parameters."
CONCURRENT = "This request is currently inprogress, please try again."
FAILED_BEFORE = "The previous attempt with this idempotency key failed. Use a new key."


def once(
    context: Context,
    mutation: str,
    key: str | None,
    sent: dict[str, Any],
    empty: Payload,
    run: Callable[[], Payload],
) -> Payload:
    """Run the mutation, or answer what its key says: the first answer again, or why the key will not do.

    `sent` are the arguments as they were sent: the order of the input's fields counts in the fingerprint. `empty` is
    the payload without a result. Raises GraphQLError (BAD_REQUEST) where the key is missing.
    """
    if not key:
        raise refusal("The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST")
    keys, now = context.state.keys, context.now
    for old in [each for each, attempt in keys.items() if attempt.at + KEY_LIFE <= now]:
        del keys[old]
    if context.fault("concurrent_key") is not None:
        return {**empty, "userErrors": [user_error(None, CONCURRENT, "IDEMPOTENCY_CONCURRENT_REQUEST")]}
    fingerprint = json.dumps([mutation, sent])
    seen = keys.get(key)
    if seen is not None and context.fault("no_deduplication") is None:
        if seen.fingerprint != fingerprint:
            return {**empty, "userErrors": [user_error(None, REUSED, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")]}
        if seen.payload["userErrors"]:
            error = user_error(None, FAILED_BEFORE, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
            return {**empty, "userErrors": [error]}
        return seen.payload
    payload = run()
    keys[key] = Attempt(fingerprint, payload, now)
    return payload
