"""The sections of the operating model, one class each. Field descriptions are the manual: docs are made from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from integration_assets.rules.marketplaces import Region
from resources.operating_model_parts.notifications import NotificationSettings
from resources.operating_model_parts.types import (
    ClockUrl,
    Count,
    Env,
    EnvRef,
    Flag,
    Folder,
    Listed,
    Matching,
    Minutes,
    Name,
    Percent,
    Port,
    Positive,
    RegionKey,
    Section,
    Share,
    Text,
    Url,
    env_ref,
    refuse,
)

Writes = Literal["preview", "live"]


STANDS_UNDER = {
    "order_part_shipped": "order_import",
    "order_update": "order_import",
    "order_adoption": "order_import",
    "tracking_correction": "shipment_confirmation",
    "mcf_order": "mcf",
    "mcf_cancel": "mcf",
    "mcf_answer": "mcf",
    "mcf_tracking": "mcf",
    "mcf_number": "mcf",
}
"""The mode of effects that have none of their own name."""


class Mode(Section):
    """What is written to the outside. A new installation previews: it decides and shows, and sends nothing."""

    stock_push: Writes = Field(default="preview", description="Whether stock quantities are sent or only shown.")
    order_import: Writes = Field(
        default="preview", description="Whether Amazon orders are made in Shopify, and kept up to date, or only shown."
    )
    shipment_confirmation: Writes = Field(
        default="preview", description="Whether Amazon is told of packages that left, and of their tracking."
    )
    fba_fulfilment: Writes = Field(
        default="preview", description="Whether what Amazon ships is marked as shipped in Shopify."
    )
    order_cancellation: Writes = Field(
        default="preview", description="Whether what Amazon cancels is cancelled in Shopify."
    )
    order_refund: Writes = Field(
        default="preview", description="Whether refunds made on Amazon are recorded in Shopify."
    )
    order_fees_note: Writes = Field(
        default="preview", description="Whether the fees of an order are noted on it in Shopify or only shown."
    )
    fba_mirror: Writes = Field(
        default="preview", description="Whether Amazon's own stock is written to the locations that mirror it."
    )
    mcf: Writes = Field(
        default="preview", description="Whether orders of the shop are handed to Amazon, and its parcels to the shop."
    )
    price_push: Writes = Field(default="preview", description="Whether prices are sent to Amazon or only shown.")
    content_push: Writes = Field(
        default="preview", description="Whether titles, descriptions and images are sent to Amazon or only shown."
    )

    def sends(self, effect_kind: str) -> bool:
        """Whether effects of this kind of the ledger are sent, or only shown.

        A kind has a mode of its own name, or stands under that of another one.
        """
        return str(getattr(self, STANDS_UNDER.get(effect_kind, effect_kind))) == "live"

    @property
    def sends_on_orders(self) -> bool:
        """Whether anything about shipments, cancellations or refunds is sent, and not only shown."""
        kinds = (self.shipment_confirmation, self.fba_fulfilment, self.order_cancellation, self.order_refund)
        return "live" in kinds


class ShopifySettings(Section):
    """The shop. Give either `client_id` and `client_secret` (an app of the Dev Dashboard) or `access_token`."""

    shop: Annotated[
        Text,
        Matching("the shop's own name, such as example-brand.myshopify.com", r"[a-z0-9][a-z0-9-]*\.myshopify\.com"),
    ] = Field(description="The shop's permanent name, ending in .myshopify.com.")
    url: Url = Field(
        default="", description="Where the shop answers; set it for a rehearsal. By default https:// and `shop`."
    )
    client_id: Env | None = Field(default=None, description="Variable with the app's client id.")
    client_secret: Env | None = Field(default=None, description="Variable with the app's client secret.")
    access_token: Env | None = Field(
        default=None,
        description="Variable with the token (shpat_…) of an app made in the shop's admin, instead of the two above.",
    )
    api_version: Annotated[Text, Matching('a quarterly version, such as "2026-10"', r"20\d\d-(01|04|07|10)")] = Field(
        default="2026-10", description="Version of the Admin API that is asked for."
    )
    webhook_secret: Annotated[
        tuple[Env, ...], Listed('a list of variables, such as [{ env = "SHOPIFY_CLIENT_SECRET" }]', or_none=True)
    ] = Field(
        default=(),
        description="Variables with secrets that webhooks may be signed with; by default `client_secret`. "
        "Name two while a secret is being changed.",
    )

    @model_validator(mode="after")
    def _fill_url(self) -> ShopifySettings:
        if not self.url:
            object.__setattr__(self, "url", f"https://{self.shop}")
        return self

    def webhook_secrets(self) -> tuple[EnvRef, ...]:
        """The secrets a webhook may be signed with; empty when there is none, and then no webhook can be trusted."""
        return self.webhook_secret or ((self.client_secret,) if self.client_secret else ())


class AmazonSettings(Section):
    """A seller account of one Amazon region. MFN stock is one number per SKU for the whole account."""

    seller_id: Annotated[Text, Matching("the merchant token, such as A1EXAMPLE", r"[A-Z0-9]{5,20}")] = Field(
        description="The account's merchant token, from Account Info in Seller Central."
    )
    marketplaces: Annotated[tuple[Text, ...], Listed('a list of country codes, such as ["UK", "DE"]')] = Field(
        description="Country codes of the marketplaces sold on. UK and GB mean the same."
    )
    refresh_token: Env = Field(description="Variable with the token by which the account lets this application in.")
    client_id: Env = Field(
        default=EnvRef(env="SP_API_CLIENT_ID"), description="Variable with the application's client id."
    )
    client_secret: Env = Field(
        default=EnvRef(env="SP_API_CLIENT_SECRET"), description="Variable with the application's client secret."
    )
    url: Url = Field(
        default="", description="Where the API answers; by default the region's own. Set it for a rehearsal."
    )
    token_url: Url = Field(
        default="https://api.amazon.com/auth/o2/token", description="Where access tokens are asked for."
    )
    share: Share = Field(
        default=100,
        description="Share of the MFN pool, in percent, that this account may promise. The shares of all accounts add "
        "up to at most 100 unless `stock.accept_overpromise` is set.",
    )
    notifications: NotificationSettings | None = Field(
        default=None,
        description="The queue on which Amazon tells of changed orders; without it the schedule finds them.",
    )


class MfnPool(Section):
    """The Shopify locations whose stock the merchant ships from."""

    locations: Annotated[tuple[Name, ...], Listed('a list of locations, such as ["Leeds"]')] = Field(
        description="Names of the locations, as Shopify writes them."
    )


class FbaPool(Section):
    """The Shopify location that mirrors what lies in Amazon's warehouses. It is never part of the MFN pool."""

    location: Name = Field(description="Name of the location, as Shopify writes it.")
    edits: Literal["restore", "hold"] = Field(
        default="restore",
        description="What becomes of a number that somebody else wrote there: it is reported, and either set back to "
        "what Amazon can ship or left as it is until somebody sets it right.",
    )


class Pools(Section):
    """Where stock is counted."""

    mfn: MfnPool = Field(description="The merchant's own stock.")
    fba: dict[RegionKey, FbaPool] = Field(default={}, description="Per region account, the location that mirrors FBA.")


class BreakerSettings(Section):
    """When a plan looks like an accident, all of it is held for a person."""

    max_zeroed_percent: Percent = Field(
        default=20, description="Percent of the live SKUs that one plan may set to zero."
    )
    min_skus: Count = Field(default=5, description="Plans that set fewer SKUs than this to zero are never held for it.")
    max_moved_percent: Percent | None = Field(
        default=None, description="Percent of the live SKUs that one plan may change at all; without it, any number."
    )
    max_shrink_percent: Percent = Field(
        default=20,
        description="How much smaller than the last one, in percent, a snapshot may be before it is a failed read.",
    )


class LoopSettings(Section):
    """When a SKU is written more often than its stock really changes, two systems are answering each other."""

    max_pushes: Positive = Field(default=12, description="Pushes of one SKU in the window before it is held.")
    window_minutes: Minutes = Field(default=60, description="Length of the window.")


class MappingRule(Section):
    """How SKUs on Amazon differ from those in Shopify. The first rule, in order, that finds a variant wins."""

    region: Region | None = Field(default=None, description="Only for this region account: na, eu or fe.")
    strip_prefix: Text | None = Field(default=None, description="Taken off the beginning of the SKU on Amazon.")
    strip_suffix: Text | None = Field(
        default=None, description="Taken off the end of the SKU on Amazon. With a prefix too, the SKU must have both."
    )
    ignore: Annotated[tuple[Text, ...], Listed('a list of patterns, such as ["amzn.gr.*"]', or_none=True)] = Field(
        default=(),
        description="Patterns of SKUs that Shopify is not meant to know; they are left alone and not reported.",
    )


class MappingSettings(Section):
    """How a SKU on Amazon meets a variant in Shopify: by override, then exactly as typed, then by rule."""

    override: dict[Text, Text] = Field(
        default={},
        description="SKU on Amazon = SKU in Shopify; or = a variant's id (gid://shopify/ProductVariant/…), where "
        "several variants carry the SKU. A person's word beats every rule.",
    )
    case_insensitive: Flag = Field(default=False, description="Whether SKUs that differ only by letter case are one.")
    trim: Flag = Field(default=True, description="Whether spaces before and after a SKU do not count.")
    rules: tuple[MappingRule, ...] = Field(default=(), alias="rule", description="Prefixes and suffixes, in order.")


class RehearsalSettings(Section):
    """A rehearsal against the sandbox follows the sandbox's clock."""

    clock_url: ClockUrl | None = Field(
        default=None, description="Where the sandbox tells its time; only for rehearsals."
    )


def _ledger_url(value: object) -> object:
    if isinstance(value, str) and "://" in value:
        return value.strip()
    expected = 'a database url such as "sqlite:///ledger.db", or { env = "LEDGER_URL" } where it holds a password'
    return env_ref(value) if isinstance(value, EnvRef | dict) else refuse(expected)


class StoreSettings(Section):
    """Where the two stores live. A relative folder counts from the folder of this file."""

    data_dir: Folder = Field(
        default=Path("data"), description="Folder of the warehouse, the archive and what is published."
    )
    ledger_url: Annotated[EnvRef | str | None, BeforeValidator(_ledger_url)] = Field(
        default=None,
        description="Database of the ledger: a url, or a variable that holds one. By default SQLite in `data_dir`; "
        "PostgreSQL in production.",
    )


class ReceiverSettings(Section):
    """The door that webhooks knock at."""

    host: Text = Field(default="127.0.0.1", description="Address to listen on; by default this machine only.")
    port: Port = Field(default=4300, description="Port to listen on.")
    public_url: Url | None = Field(default=None, description="Where Shopify reaches the door from outside.")
