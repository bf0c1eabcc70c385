"""The client credentials grant, and which access tokens are good. Tokens live 86,399 seconds of sandbox time."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from sandbox.faults import fault_for
from sandbox.shopify.state import TOKEN_SECONDS, state_of
from sandbox.world import World

OPERATION = "accessToken"
UNAUTHORIZED = "[API] Invalid API key or access token (unrecognized login or wrong password)"


def grant(world: World, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Answer a token request: status and body. Scopes come from the app's installation, not from the request."""
    shop = world.shop
    if given.get("grant_type") != "client_credentials":
        return 400, _error("unsupported_grant_type", "The grant type is not supported.")
    known = hmac.compare_digest(str(given.get("client_id", "")).encode(), shop.client_id.encode())
    proven = hmac.compare_digest(str(given.get("client_secret", "")).encode(), shop.client_secret.encode())
    if not (known and proven):
        return 400, _error("invalid_client", "Client authentication failed.")
    if fault_for(world, OPERATION, among={"shop_not_permitted"}) is not None:
        return 400, _error("shop_not_permitted", "Client credentials cannot be performed on this shop.")
    state, now = state_of(world), world.now()
    state.tokens = {token: ends for token, ends in state.tokens.items() if ends > now}
    token = f"shpca_{state.hexadecimal(32)}"
    state.tokens[token] = now + timedelta(seconds=TOKEN_SECONDS)
    return 200, {"access_token": token, "scope": ",".join(shop.scopes), "expires_in": TOKEN_SECONDS}


def is_good(world: World, token: str | None) -> bool:
    """Whether a call with this token is let in: the static one, or one granted and not yet over."""
    if not token:
        return False
    if hmac.compare_digest(token.encode(), world.shop.static_token.encode()):
        return True
    ends = state_of(world).tokens.get(token)
    return ends is not None and ends > world.now()


def _error(code: str, description: str) -> dict[str, Any]:
    return {"error": code, "error_description": description}
