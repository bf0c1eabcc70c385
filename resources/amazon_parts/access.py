"""What the Amazon client needs to be told: the account it speaks for, and who hands out its turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.marketplaces import Marketplace

if TYPE_CHECKING:
    from resources.operating_model import OperatingModel
    from resources.operating_model_parts.types import Secrets

TOKEN_URL = "https://api.amazon.com/auth/o2/token"  # noqa: S105 (an address)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class AmazonAccess:
    """One region account: whose it is, where it is reached, and the secrets to enter. The secrets never show.

    `marketplaces` are asked in their order; the first one stands for the account where Amazon wants a single one.
    """

    region: str
    seller_id: str
    marketplaces: tuple[Marketplace, ...]
    url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str = TOKEN_URL

    def __post_init__(self) -> None:
        """Refuse an account with nothing to ask, and addresses that secrets must not be sent to."""
        for key, url in (("url", self.url), ("token_url", self.token_url)):
            parts = urlsplit(url)
            local = parts.scheme == "http" and parts.hostname in LOOPBACK
            if not parts.hostname or parts.username or parts.query or not (parts.scheme == "https" or local):
                raise ConfigurationError(
                    f"amazon.{self.region}.{key} leads to {parts.hostname or 'no host'} by "
                    f"{parts.scheme or 'no scheme'}; expected https, or http on this machine, without user or query.",
                    todo="Leave it out to talk to Amazon itself.",
                )
        if not self.seller_id.strip() or not self.marketplaces:
            raise ConfigurationError(
                f"amazon.{self.region} needs a seller_id and at least one marketplace.",
                todo="Set both in operating_model.toml.",
            )

    @property
    def account(self) -> str:
        """The name its rate limits are kept under: Amazon counts calls per selling account and application."""
        return f"amazon/{self.region}/{self.seller_id}"


def accesses(model: OperatingModel, secrets: Secrets) -> list[AmazonAccess]:
    """The accounts that the operating model declares, with their secrets."""
    return [
        AmazonAccess(
            region=region,
            seller_id=account.seller_id,
            marketplaces=model.marketplaces(region),
            url=account.url,
            client_id=secrets[account.client_id],
            client_secret=secrets[account.client_secret],
            refresh_token=secrets[account.refresh_token],
            token_url=account.token_url,
        )
        for region, account in model.amazon.items()
    ]


class Limiter(Protocol):
    """Hands out turns from token buckets that all processes share; the ledger does."""

    def take(self, account: str, operation: str, rate: float, burst: float) -> float:
        """Reserve one call and answer the seconds to wait before it may go."""
        ...

    def penalise(self, account: str, operation: str, seconds: float) -> None:
        """Amazon answered 429: nobody calls the operation for `seconds`."""
        ...
