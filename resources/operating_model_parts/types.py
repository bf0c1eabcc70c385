"""The kinds of value the operating model holds, each refusing what it cannot mean.

A refusal says what was expected; `operating_model_errors` adds the key and what was found.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    Strict,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function, no_info_before_validator_function

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.rules.marketplaces import ENDPOINTS

REFUSED = "refused"
"""Error type of a refusal that carries its own words for what was expected."""

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}")
SECRET_LOOKS = re.compile(r"shp(at|ss|ca|pa|tka)_|amzn1\.(oa2-cs|application-oa2-client)|atz[ar]\|", re.IGNORECASE)
EXPECTED_ENV = 'the name of an environment variable, such as { env = "NAME_OF_VARIABLE" }, and never the value itself'


def refuse(expected: str) -> NoReturn:
    """Refuse a value. `expected` completes the sentence `expected …`."""
    raise PydanticCustomError(REFUSED, "expected {expected}", {"expected": expected})


@dataclass(frozen=True)
class Takes:
    """What a key takes, in words, where its type alone does not say it."""

    words: str


@dataclass(frozen=True)
class Matching(Takes):
    """A text that matches the whole of a pattern."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the text after its type."""
        compiled = re.compile(self.pattern)
        return no_info_after_validator_function(
            lambda value: value if compiled.fullmatch(value) else refuse(self.words), handler(source)
        )


@dataclass(frozen=True)
class Listed(Takes):
    """A list; unless `or_none` with at least one entry."""

    or_none: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check that it is a list before its entries are looked at."""
        return no_info_before_validator_function(self._check, handler(source))

    def _check(self, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or not (value or self.or_none):
            refuse(self.words)
        return tuple(value)


class Section(BaseModel):
    """A table of the file: unknown keys are refused, values never change, and errors never echo what was typed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class EnvRef(BaseModel):
    """A secret, named by the environment variable that holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    env: str


class Secrets(Mapping[EnvRef, str]):
    """What the environment variables hold: `secrets[model.shopify.client_secret]`. Never shown, never pickled."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, ref: EnvRef) -> str:
        """The secret. ConfigurationError when the variable was not among those resolved."""
        try:
            return self._values[ref.env]
        except KeyError:
            raise ConfigurationError(
                f"environment variable {ref.env} was not read", todo="Ask for it in OperatingModel.secrets()."
            ) from None

    def __contains__(self, ref: object) -> bool:
        return isinstance(ref, EnvRef) and ref.env in self._values

    def __iter__(self) -> Iterator[EnvRef]:
        return (EnvRef(env=name) for name in self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({len(self)} not shown)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not written anywhere, so they cannot be pickled or copied")


def env_ref(value: object) -> EnvRef:
    """The variable a secret is named by, from `{ env = "NAME" }`."""
    if isinstance(value, EnvRef):
        return value
    if isinstance(value, Mapping) and set(value) == {"env"}:
        name = value["env"]
        # A token pasted where its variable's name belongs may well look like a name: better to refuse than to print it.
        if isinstance(name, str) and ENV_NAME.fullmatch(name) and not SECRET_LOOKS.match(name):
            return EnvRef(env=name)
    refuse(EXPECTED_ENV)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(value: str, *, expected: str, query: bool = False) -> str:
    """An absolute https url without a trailing slash; http only for this machine itself, and never with a password."""
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        refuse(expected)
    plain = parts.scheme == "http" and host is not None and _is_loopback(host)
    if (
        not host
        or not (parts.scheme == "https" or plain)
        or "@" in parts.netloc
        or any(map(str.isspace, value.strip()))
    ):
        refuse(expected)
    if not query and (parts.query or parts.fragment):
        refuse(expected)
    return value.strip().rstrip("/")


def _url(value: str) -> str:
    return check_url(value, expected=f"{EXPECTED_URL}, without a password, a query or a fragment")


def _clock_url(value: str) -> str:
    return check_url(value, expected=EXPECTED_URL, query=True)


def _filled(value: str) -> str:
    return value if value.strip() else refuse("a text that is not blank")


def _folder(value: object) -> Path:
    if isinstance(value, Path):
        return value
    return Path(value).expanduser() if isinstance(value, str) and value.strip() else refuse("the path of a folder")


EXPECTED_URL = "an absolute https:// url (http:// only for this machine itself, such as http://127.0.0.1:8000)"


@dataclass(frozen=True, slots=True)
class Names:
    """The names that the keys of a table may have, and what such a name is called."""

    called: str
    allowed: tuple[str, ...]

    def check(self, name: str) -> str:
        """The name, if it is one of them."""
        return name if name in self.allowed else refuse(f"one of {', '.join(self.allowed)}")


REGIONS = Names("region", tuple(ENDPOINTS))
TEAMS = Names("team", ("ecommerce", "operations", "finance", "engineering"))

RegionKey = Annotated[str, REGIONS, AfterValidator(REGIONS.check)]
TeamKey = Annotated[str, TEAMS, AfterValidator(TEAMS.check)]
Flag = Annotated[bool, Strict()]
Percent = Annotated[int, Strict(), Field(ge=0, le=100)]
Share = Annotated[int, Strict(), Field(ge=1, le=100)]
Count = Annotated[int, Strict(), Field(ge=0, le=2_000_000_000)]
Positive = Annotated[int, Strict(), Field(ge=1, le=2_000_000_000)]
Minutes = Annotated[int, Strict(), Field(ge=1, le=44_640)]
Port = Annotated[int, Strict(), Field(ge=1, le=65_535)]
Text = Annotated[str, Strict(), AfterValidator(_filled)]
Folder = Annotated[Path, BeforeValidator(_folder)]
Name = Annotated[str, Strict(), Matching("a name without spaces at its ends", r"\S(.*\S)?")]
Url = Annotated[str, Strict(), Takes(EXPECTED_URL), AfterValidator(_url)]
ClockUrl = Annotated[str, Strict(), Takes(EXPECTED_URL), AfterValidator(_clock_url)]
Env = Annotated[EnvRef, BeforeValidator(env_ref)]
Instant = Annotated[AwareDatetime, Strict(), AfterValidator(lambda at: at.astimezone(UTC))]
