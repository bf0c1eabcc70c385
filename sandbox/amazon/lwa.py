"""Login with Amazon: tokens of an hour, and errors in OAuth's shape, not Amazon's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.amazon.state import TOKEN_SECONDS, state_of
from sandbox.world import AmazonAccount, World

OPERATION = "getAccessToken"
GRANTLESS = "sellingpartnerapi::"
GRANTLESS_TOKEN = "Atza|grantless"


@dataclass
class Token:
    """An answer of the token endpoint: its status and body, and the region it speaks for ('' for none)."""

    status: int
    body: dict[str, Any]
    region: str = ""


def grant(world: World, form: dict[str, str]) -> Token:
    """Answer a token request. The refresh token decides which account the token speaks for."""
    kind = form.get("grant_type")
    clients = [each for each in world.accounts.values() if each.client_id == form.get("client_id")]
    if kind not in ("refresh_token", "client_credentials"):
        return _refused(400, "unsupported_grant_type", f"The grant type {kind!r} is not supported")
    if not clients or all(each.client_secret != form.get("client_secret") for each in clients):
        return _refused(401, "invalid_client", "Client authentication failed")
    if kind == "client_credentials":
        if not form.get("scope", "").startswith(GRANTLESS):
            return _refused(400, "invalid_scope", "An unknown scope was requested")
        # A grantless token speaks for the application and no account: no operation of a seller takes it.
        return _granted(GRANTLESS_TOKEN, None)
    account = next((each for each in clients if each.refresh_token == form.get("refresh_token")), None)
    if account is None:
        return _refused(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
    return _granted(state_of(world, account).issue_access_token(world), account)


def account_of(world: World, token: str) -> AmazonAccount | None:
    """The account an access token speaks for, expired or not; None for a token nobody issued."""
    return next((each for each in world.accounts.values() if token in state_of(world, each).tokens), None)


def _granted(token: str, account: AmazonAccount | None) -> Token:
    body: dict[str, Any] = {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS}
    if account is not None:
        body["refresh_token"] = account.refresh_token
    return Token(200, body, account.region if account else "")


def _refused(status: int, error: str, description: str) -> Token:
    return Token(status, {"error": error, "error_description": description})
