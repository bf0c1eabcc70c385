"""The only door to the people: which channels there are, for which teams, and how a letter goes out by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from integration_assets.contracts.errors import ConfigurationError, InstepError, Rejected, Throttled
from integration_assets.rules.alerting import SEVERITIES, Quiet, Wishes
from resources.alerts_parts.http import Slack, Webhook
from resources.alerts_parts.letter import Channel, Letter
from resources.alerts_parts.mail import Mail, MailServer
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.operating_model_parts.types import TEAMS, EnvRef, check_url

ATTEMPTS = 3
FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 20.0
SLACK_HOST = "https://hooks.slack.com/"
EXPECTED = "a Slack webhook, mailto:name@example.com, or an https address"


@dataclass(frozen=True, slots=True)
class Route:
    """A channel, named by the variable that holds its address, and the teams that hear of things there."""

    name: str
    teams: tuple[str, ...]
    wishes: Wishes


class Alerts:
    """The channels of an installation. An address is looked at when a letter goes there, and never shown."""

    def __init__(self, model: OperatingModel, secrets: Mapping[EnvRef, str], clock: Clock) -> None:
        self._model = model
        self._secrets = secrets
        self._clock = clock

    def routes(self) -> list[Route]:
        """Every channel once, in the order of the teams. A team without an address uses the fallback."""
        settings = self._model.alerts
        teams: dict[str, list[str]] = {}
        least: dict[str, str] = {}
        for team in TEAMS.allowed:
            own = self._model.teams.get(team)
            wanted = own.least if own else "normal"
            for ref in own.alerts if own and own.alerts else settings.fallback:
                teams.setdefault(ref.env, []).append(team)
                # Where teams share a channel, it hears of what the least modest of them wants.
                least[ref.env] = max(wanted, least.get(ref.env, wanted), key=SEVERITIES.index)
        return [Route(name, tuple(here), self._wishes(least[name])) for name, here in teams.items()]

    def send(self, route: Route, letter: Letter) -> None:
        """Send a letter, again while that may help. Raises the last error, which never holds the address."""
        channel = self._channel(route.name)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                channel.send(letter)
            except (Rejected, ConfigurationError):
                raise
            except InstepError as error:
                if attempt == ATTEMPTS:
                    raise
                asked = error.retry_after if isinstance(error, Throttled) and error.retry_after else 0.0
                self._clock.sleep(min(LONGEST_WAIT_SECONDS, max(asked, FIRST_WAIT_SECONDS * 4.0 ** (attempt - 1))))
            else:
                return

    def _wishes(self, least: str) -> Wishes:
        settings = self._model.alerts
        quiet = None
        if settings.quiet_from and settings.quiet_until:
            starts, ends = (time.fromisoformat(text) for text in (settings.quiet_from, settings.quiet_until))
            quiet = Quiet(starts, ends, ZoneInfo(settings.time_zone))
        return Wishes(
            least=least,
            digest_over=settings.digest_over,
            most_per_hour=settings.most_per_hour,
            quiet=quiet,
            urgent_in_quiet_hours=settings.urgent_in_quiet_hours,
        )

    def _channel(self, name: str) -> Channel:
        address = self._secrets[EnvRef(env=name)].strip()
        if address.startswith("mailto:"):
            return Mail(self._mail_server(name), address.removeprefix("mailto:"))
        if address.startswith("slack+"):
            return Slack(_url(name, address.removeprefix("slack+")))
        url = _url(name, address)
        return Slack(url) if url.startswith(SLACK_HOST) else Webhook(url)

    def _mail_server(self, name: str) -> MailServer:
        mail = self._model.alerts.mail
        if mail is None:
            raise ConfigurationError(
                f"{name} is a mailbox, and the operating model names no mail server.", todo="Add [alerts.mail]."
            )
        return MailServer(
            host=mail.host,
            port=mail.port,
            sender=mail.sender,
            security=mail.security,
            user=self._secrets[mail.user] if mail.user else "",
            password=self._secrets[mail.password] if mail.password else "",
        )


def _url(name: str, address: str) -> str:
    try:
        return check_url(address, expected=EXPECTED, query=True)
    except ValueError:
        raise ConfigurationError(f"{name} holds no address that alerts can go to: expected {EXPECTED}.") from None
