"""`instep receive`: the webhook receiver as a process of its own."""

from __future__ import annotations

from pathlib import Path

from cli.main import OK
from cli.output import complain
from integration_assets.contracts.errors import ConfigurationError


def receive(model: Path | None, *, host: str | None, port: int | None) -> int:
    """Listen until stopped. ConfigurationError when the port is taken or no secret is declared."""
    from resources.connections import connect
    from sensors.pages import PAGE, Pages
    from sensors.receiver import serve

    with connect(model) as connections:
        settings = connections.model.receiver
        secrets = connections.webhook_secrets()
        if not secrets:
            raise ConfigurationError(
                "No secret is declared that webhooks could be signed with.",
                todo="Set shopify.client_secret or shopify.webhook_secret in the operating model.",
            )
        serve(
            connections.ledger,
            secrets,
            connections.model.shopify.shop,
            host=host or settings.host,
            port=settings.port if port is None else port,
            pages=Pages(connections.model.published_dir / PAGE),
            tell=complain,
        )
    return OK
