"""Error shapes of the Admin API: what Shopify answers where graphql-core would word it differently."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError


def refusal(message: str, code: str, **extensions: Any) -> GraphQLError:
    """A top-level error with Shopify's `extensions.code`."""
    return GraphQLError(message, extensions={"code": code, **extensions})


def unsupported(what: str) -> GraphQLError:
    """Something the real shop can do and the sandbox does not: said aloud, never answered wrongly."""
    return refusal(f"The sandbox does not know {what}.", "SANDBOX_UNSUPPORTED")


def internal_error(request_id: str) -> dict[str, Any]:
    """The answer to an internal error; a mutation may have happened."""
    message = (
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests)."
    )
    extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    return {"errors": [{"message": message, "extensions": extensions}]}


def user_error(field: list[str] | None, message: str, code: str | None = None) -> dict[str, Any]:
    """An entry of a payload's userErrors."""
    return {"field": field, "message": message, "code": code}
