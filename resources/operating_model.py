"""The operating model: one file that says who owns what. Read once, refused whole when anything in it is wrong."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.marketplaces import ENDPOINTS, Marketplace, by_country
from resources.operating_model_parts.alerts import AlertSettings, TeamSettings
from resources.operating_model_parts.checks import contradictions
from resources.operating_model_parts.content import ContentSettings
from resources.operating_model_parts.errors import Mistake, dotted, mistakes_from
from resources.operating_model_parts.fulfilment import FulfilmentSettings
from resources.operating_model_parts.mcf import McfSettings
from resources.operating_model_parts.money import AccountSettings, MoneySettings
from resources.operating_model_parts.orders import OrderSettings
from resources.operating_model_parts.prices import PricesSettings
from resources.operating_model_parts.sections import (
    AmazonSettings,
    BreakerSettings,
    LoopSettings,
    MappingSettings,
    Mode,
    Pools,
    ReceiverSettings,
    RehearsalSettings,
    ShopifySettings,
    StoreSettings,
)
from resources.operating_model_parts.settlements import SettlementSettings
from resources.operating_model_parts.stock import StockSettings
from resources.operating_model_parts.types import EnvRef, RegionKey, Secrets, Section, TeamKey, Text

__all__ = [
    "AmazonSettings",
    "BreakerSettings",
    "EnvRef",
    "LoopSettings",
    "MappingSettings",
    "OperatingModel",
    "Secrets",
    "ShopifySettings",
    "StockSettings",
    "default_path",
    "from_document",
    "load",
    "parse",
]

DEFAULT_FILE = "operating_model.toml"
FILE_VARIABLE = "INSTEP_OPERATING_MODEL"
MANUAL = "docs/operating_model.md"
SQLITE_FILE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:|[A-Za-z]:)(.+)")


class OperatingModel(Section):
    """Everything the brand has declared. `load` is the way to get one; endpoints that were left out are filled in."""

    mode: Mode = Field(default=Mode(), description="What is written to the outside.")
    shopify: ShopifySettings = Field(description="The shop.")
    amazon: dict[RegionKey, AmazonSettings] = Field(description="The seller account of each region: na, eu or fe.")
    pools: Pools = Field(description="Where stock is counted.")
    stock: StockSettings = Field(default=StockSettings(), description="How MFN stock is promised to Amazon.")
    content: ContentSettings = Field(
        default=ContentSettings(), description="What listings say, where Shopify leads them."
    )
    prices: PricesSettings = Field(default=PricesSettings(), description="How Shopify's prices become Amazon's.")
    breaker: BreakerSettings = Field(
        default=BreakerSettings(), description="When a plan is held because it looks wrong."
    )
    loop: LoopSettings = Field(
        default=LoopSettings(), description="When a SKU is held because it is written too often."
    )
    mapping: MappingSettings = Field(default=MappingSettings(), description="How SKUs of both sides meet.")
    orders: OrderSettings = Field(default=OrderSettings(), description="How orders are read and made.")
    fulfilment: FulfilmentSettings = Field(
        default=FulfilmentSettings(), description="How shipments, cancellations and refunds are kept in step."
    )
    money: MoneySettings = Field(default=MoneySettings(), description="How money is explained.")
    settlements: SettlementSettings = Field(default=SettlementSettings(), description="What settlement lines are.")
    accounts: AccountSettings = Field(default=AccountSettings(), description="Where money is booked.")
    mcf: McfSettings = Field(default=McfSettings(), description="Orders of the shop that Amazon ships.")
    teams: dict[TeamKey, TeamSettings] = Field(default={}, description="Who is told what.")
    alerts: AlertSettings = Field(default=AlertSettings(), description="When and how they are told.")
    carriers: dict[Text, Text] = Field(
        default={}, description="Carrier as Shopify names it = carrier as Amazon names it."
    )
    store: StoreSettings = Field(default=StoreSettings(), description="Where the two stores live.")
    receiver: ReceiverSettings = Field(default=ReceiverSettings(), description="The door for webhooks.")
    rehearsal: RehearsalSettings = Field(
        default=RehearsalSettings(), description="Only for rehearsals against the sandbox."
    )

    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @field_validator("amazon", mode="after")
    @classmethod
    def _fill_endpoints(cls, accounts: dict[RegionKey, AmazonSettings]) -> dict[RegionKey, AmazonSettings]:
        return {
            region: account if account.url else account.model_copy(update={"url": ENDPOINTS[region]})
            for region, account in accounts.items()
        }

    def seen_from(self, folder: Path) -> OperatingModel:
        """The same model, with its relative folders counted from `folder`."""
        moved = self.model_copy()
        moved._folder = folder.absolute()  # noqa: SLF001 - a copy of itself
        return moved

    def marketplaces(self, region: str) -> tuple[Marketplace, ...]:
        """The marketplaces a region account sells on, in the order of the file. KeyError when there is none."""
        return tuple(by_country(country) for country in self.amazon[region].marketplaces)

    def fba_location(self, region: str) -> str | None:
        """Name of the Shopify location that mirrors a region's FBA stock, where there is one."""
        return self.pools.fba[region].location if region in self.pools.fba else None

    @property
    def data_dir(self) -> Path:
        """Folder of everything the product stores, absolute."""
        return (self._folder / self.store.data_dir).absolute()

    @property
    def warehouse_path(self) -> Path:
        """File of the warehouse."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def archive_dir(self) -> Path:
        """Folder of the raw documents."""
        return self.data_dir / "archive"

    @property
    def published_dir(self) -> Path:
        """Folder of what analysts may open."""
        return self.data_dir / "published"

    def ledger_url(self, env: Mapping[str, str] = os.environ) -> str:
        """Database url of the ledger. ConfigurationError when it is held by a variable that is not set."""
        url = self.store.ledger_url
        if url is None:
            return f"sqlite:///{self.data_dir / 'ledger.db'}"
        if isinstance(url, EnvRef):
            url = self.secrets(env, only=("store.ledger_url",))[url]
        relative = SQLITE_FILE.fullmatch(url)
        # The ledger must be the same one wherever a process was started from.
        return f"{relative[1]}{(self._folder / relative[2]).absolute()}" if relative else url

    def secrets(self, env: Mapping[str, str] = os.environ, *, only: Sequence[str] = ()) -> Secrets:
        """Read every environment variable the file names, or those under the dotted keys of `only`.

        ConfigurationError names all variables that are not set, each with the keys that need it.
        """
        wanted: dict[str, list[str]] = {}
        for key, ref in self._env_refs():
            if not only or any(key == part or key.startswith((f"{part}.", f"{part}[")) for part in only):
                wanted.setdefault(ref.env, []).append(key)
        values = {name: env.get(name, "").strip() for name in wanted}
        missing = [name for name, value in values.items() if not value]
        if missing:
            count = "1 environment variable is" if len(missing) == 1 else f"{len(missing)} environment variables are"
            lines = [f"  {name}, needed by {' and '.join(wanted[name])}" for name in missing]
            raise ConfigurationError("\n".join([f"{count} not set; set and start again:", *lines]))
        return Secrets(values)

    def _env_refs(self) -> Iterator[tuple[str, EnvRef]]:
        yield from _refs_in(self, ())


def _refs_in(value: Any, loc: tuple[str | int, ...]) -> Iterator[tuple[str, EnvRef]]:
    if isinstance(value, EnvRef):
        yield dotted(loc), value
    elif isinstance(value, Section):
        for name in type(value).model_fields:
            yield from _refs_in(getattr(value, name), (*loc, name))
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _refs_in(entry, (*loc, name))
    elif isinstance(value, tuple):
        for at, entry in enumerate(value):
            yield from _refs_in(entry, (*loc, at))


def default_path(env: Mapping[str, str] = os.environ) -> Path:
    """Where the operating model is: INSTEP_OPERATING_MODEL, or operating_model.toml in the working folder."""
    return Path(env.get(FILE_VARIABLE) or DEFAULT_FILE)


def load(path: Path | None = None) -> OperatingModel:
    """Read the operating model from `path`, or from the default place.

    ConfigurationError names every mistake at once: the key, what was found (never a secret) and what was expected.
    """
    path = default_path() if path is None else path
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the operating model cannot be read ({error.strerror}).",
            todo=f"Write one ({MANUAL} explains every key) or say where it is in {FILE_VARIABLE}.",
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}.", todo="Save the file as UTF-8.") from None
    return parse(text, folder=path.parent, name=str(path))


def parse(text: str, *, folder: Path | None = None, name: str = DEFAULT_FILE) -> OperatingModel:
    """Read an operating model from TOML text. Relative folders in it count from `folder`. Errors as for `load`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(name, str(error))) from None
    return from_document(document, folder=folder, name=name)


def from_document(
    document: Mapping[str, Any], *, folder: Path | None = None, name: str = DEFAULT_FILE
) -> OperatingModel:
    """Read an operating model from a parsed file. Errors as for `load`."""
    mistakes: list[Mistake] = []
    try:
        model = OperatingModel.model_validate(document)
    except ValidationError as error:
        # `from None` below: pydantic's own error carries what was typed, and that may be a secret.
        mistakes = mistakes_from(error.errors(include_url=False), OperatingModel)
    mistakes += contradictions(document)
    if mistakes:
        lines = list(dict.fromkeys(map(str, mistakes)))
        count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
        head = f"{name}: {count}; nothing runs until all is mended ({MANUAL} explains every key):"
        raise ConfigurationError("\n".join([head, *(f"  {line}" for line in lines)]))
    return model if folder is None else model.seen_from(folder)


def _syntax(name: str, told: str) -> str:
    what, _, where = told.partition(" (at ")
    place = re.fullmatch(r"line (\d+), column (\d+)\)", where)
    at = f"{name}, line {place[1]}, column {place[2]}" if place else f"{name}, {where.rstrip(')') or 'somewhere'}"
    return f"{at}: not TOML: {what[:1].lower()}{what[1:]}. Texts need quotes, and every key stands once."
