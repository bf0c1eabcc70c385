"""Letters reach Slack, mailboxes and webhooks; a channel that fails is tried again, then shown, then caught up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_assets.service.alerts import Desk, Told, cursor_of, summed_up
from resources.alerts import Alerts
from resources.clock import ManualClock
from resources.ledger import Finding, Ledger
from resources.operating_model import OperatingModel, parse
from resources.operating_model_parts.types import EnvRef
from tests.post import Endpoint, Mailbox, endpoint, mail_server

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MODEL = """
[shopify]
shop = "example-brand.myshopify.com"
access_token = { env = "TOKEN" }

[amazon.eu]
seller_id = "A1EXAMPLE"
marketplaces = ["UK"]
refresh_token = { env = "REFRESH" }

[pools.mfn]
locations = ["Leeds"]

[teams.ecommerce]
alerts = [{ env = "SHOP_ALERTS" }]

[teams.operations]
alerts = [{ env = "SHOP_ALERTS" }, { env = "OPS_MAIL" }]

[teams.engineering]
alerts = [{ env = "TECH_ALERTS" }]
least = "high"

[alerts]
page_url = "https://instep.example-brand.com"
"""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NINE)


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[Ledger]:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock) as ledger:
        yield ledger


@pytest.fixture
def slack() -> Iterator[Endpoint]:
    with endpoint() as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Endpoint]:
    with endpoint() as found:
        yield found


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def desk(ledger: Ledger, clock: ManualClock, slack: Endpoint, hook: Endpoint, mailbox: Mailbox) -> Desk:
    mail = f'[alerts.mail]\nhost = "127.0.0.1"\nport = {mailbox.port}\nsender = "instep@example.com"\nsecurity = "none"'
    addresses = {"SHOP_ALERTS": f"slack+{slack.url}", "OPS_MAIL": "mailto:ops@example.com", "TECH_ALERTS": hook.url}
    return a_desk(parse(MODEL + mail), ledger, clock, addresses)


def a_desk(model: OperatingModel, ledger: Ledger, clock: ManualClock, addresses: Mapping[str, str]) -> Desk:
    secrets = {EnvRef(env=name): address for name, address in addresses.items()}
    return Desk(model, ledger, Alerts(model, secrets, clock), clock)


def leak(ledger: Ledger, *skus: str) -> None:
    findings = [
        Finding(
            f"eu/{sku}",
            f"Amazon eu shows 43 of {sku} & <more>.",
            {"region": "eu", "seller_sku": sku, "shown": 43, "leak_units": 25},
        )
        for sku in skus
    ]
    ledger.raise_exceptions("ownership_leak", "ecommerce", "urgent", findings)


def oversold(ledger: Ledger, deadline: datetime | None = None) -> None:
    facts = {"region": "eu", "seller_sku": "CUP", "units": 4, "available": 1, "held": 5}
    ledger.raise_exception("oversold", "eu/CUP", "operations", "urgent", "Orders need 4 more.", facts, deadline)


def by_channel(told: list[Told]) -> dict[str, Told]:
    return {each.channel: each for each in told}


def test_slack_is_told_in_blocks_with_size_first_step_and_a_link(desk: Desk, ledger: Ledger, slack: Endpoint) -> None:
    leak(ledger, "CLOCK")
    assert desk.has_news()
    assert by_channel(desk.deliver())["SHOP_ALERTS"].letters == 1
    [body] = slack.bodies
    assert body["text"] == "Instep: Somebody else changed a quantity on Amazon (urgent)"
    assert body["blocks"][1]["text"]["text"] == (
        ":red_circle: *Somebody else changed a quantity on Amazon* (new, ecommerce, number 1)\n"
        "Amazon eu shows 43 of CLOCK &amp; &lt;more&gt;.\n25 units\n"
        "_First:_ Run `instep explain CLOCK` to see who wrote what and when."
    )
    assert body["blocks"][2]["elements"][0]["text"] == "<https://instep.example-brand.com|Open the operator page>"
    assert not desk.has_news()


def test_a_mailbox_gets_a_letter_that_can_be_known_again(desk: Desk, ledger: Ledger, mailbox: Mailbox) -> None:
    oversold(ledger, NINE + timedelta(hours=3))
    desk.deliver()
    [letter] = mailbox.letters
    assert letter["Subject"] == "Instep: due soon: More was sold than there is (urgent)"
    assert (letter["From"], letter["To"], letter["Importance"]) == ("instep@example.com", "ops@example.com", "high")
    assert str(letter["Message-ID"]).endswith("@example.com>")
    text = letter.get_content()
    assert "[due soon] More was sold than there is (urgent, operations, number 1)" in text
    assert "4 units; by Mon 23 Nov 12:00 UTC" in text
    assert "First: Count the product" in text


def test_each_team_hears_only_of_its_own_and_a_shared_channel_of_both_once(
    desk: Desk, ledger: Ledger, slack: Endpoint, mailbox: Mailbox, hook: Endpoint
) -> None:
    leak(ledger, "CLOCK")
    oversold(ledger)
    ledger.raise_exception("throttled", "Shopify x", "engineering", "normal", "Wait.", {})
    ledger.raise_exception("failed_run", "a_job", "engineering", "high", "It failed.", {})
    desk.deliver()
    assert [len(body["blocks"]) - 2 for body in slack.bodies] == [2]
    assert len(mailbox.letters) == 1
    assert [item["title"] for body in hook.bodies for item in body["items"]] == ["A run has failed"]
    assert [each.letters for each in desk.deliver()] == [0, 0, 0]
    assert (slack.asked, hook.asked, len(mailbox.letters)) == (1, 1, 1)


def test_what_closes_is_told_to_whoever_heard_of_it(desk: Desk, ledger: Ledger, slack: Endpoint) -> None:
    leak(ledger, "CLOCK")
    desk.deliver()
    ledger.close_exceptions("ownership_leak", ())
    leak(ledger, "VASE")
    ledger.close_exceptions("ownership_leak", ())
    desk.deliver()
    assert [body["text"] for body in slack.bodies][1:] == ["Instep: 1 closed"]


def test_a_flood_of_five_thousand_is_one_letter(desk: Desk, ledger: Ledger, slack: Endpoint) -> None:
    leak(ledger, *(f"SKU-{number:04}" for number in range(5_000)))
    desk.deliver()
    desk.deliver()
    [body] = slack.bodies
    assert body["text"] == "Instep: 5,000 exceptions (5000 urgent)"
    assert "*5,000* Somebody else changed" in body["blocks"][1]["text"]["text"]
    assert len(body["blocks"]) == 6
    assert body["blocks"][-1]["elements"][0]["text"].startswith("And 4,997 more.")


def test_a_channel_that_stumbles_is_tried_again_at_once(
    desk: Desk, ledger: Ledger, slack: Endpoint, clock: ManualClock
) -> None:
    slack.answers = [500, 429]
    leak(ledger, "CLOCK")
    assert by_channel(desk.deliver())["SHOP_ALERTS"].letters == 1
    assert (slack.asked, len(slack.bodies)) == (3, 1)
    assert clock.sleeps == [1.0, 4.0]


def test_a_dead_channel_is_an_exception_that_others_hear_of_and_loses_nothing(
    desk: Desk, ledger: Ledger, slack: Endpoint, hook: Endpoint
) -> None:
    slack.answers = [500] * 3
    leak(ledger, "CLOCK")
    told = by_channel(desk.deliver())
    assert told["SHOP_ALERTS"].error == "the address fails (HTTP 500)"
    [dead] = ledger.open_exceptions("dead_channel")
    assert dead.told == (
        "Alerts for ecommerce and operations by SHOP_ALERTS have not been taken since 2026-11-23 09:00 UTC: "
        "the address fails (HTTP 500). They wait, none is lost."
    )
    assert [item["title"] for body in hook.bodies for item in body["items"]] == [
        "A channel for alerts does not take them"
    ]
    assert slack.url not in str(list(summed_up(list(told.values())))) + dead.told
    leak(ledger, "CLOCK", "VASE")
    assert by_channel(desk.deliver())["SHOP_ALERTS"].letters == 2
    assert slack.keys[0] == "SHOP_ALERTS-1-1-1"
    assert [len(body["blocks"]) - 2 for body in slack.bodies] == [1, 1]
    assert ledger.open_exceptions("dead_channel") == []


def test_a_letter_that_may_have_gone_is_sent_again_under_the_same_key(
    desk: Desk, ledger: Ledger, slack: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(ledger, "CLOCK")
    real = Ledger.set_cursor

    def dies(self: Ledger, name: str, value: str) -> None:
        if slack.bodies and name == cursor_of("SHOP_ALERTS"):
            raise KeyboardInterrupt
        real(self, name, value)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "set_cursor", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.deliver()
    leak(ledger, "CLOCK", "VASE")
    desk.deliver()
    assert slack.keys == ["SHOP_ALERTS-1-1-1", "SHOP_ALERTS-1-1-1", "SHOP_ALERTS-2-2-1"]


@pytest.mark.parametrize(
    ("refusals", "letters", "error"),
    [([450], 1, ""), ([550], 0, "the mail server refuses the receiver (550)")],
    ids=["for a moment", "for good"],
)
def test_a_mail_server_that_refuses(
    desk: Desk, ledger: Ledger, mailbox: Mailbox, refusals: list[int], letters: int, error: str
) -> None:
    mailbox.refusals = refusals
    oversold(ledger)
    assert by_channel(desk.deliver())["OPS_MAIL"].error == error
    assert len(mailbox.letters) == letters


def test_a_slow_channel_is_given_up_in_time(
    desk: Desk, ledger: Ledger, slack: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.alerts_parts.http.TIMEOUT_SECONDS", 0.05)
    slack.slow = 0.3
    leak(ledger, "CLOCK")
    assert by_channel(desk.deliver())["SHOP_ALERTS"].error == "the address does not answer (ReadTimeout)"


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://example.com/hook", "SHOP_ALERTS holds no address that alerts can go to"),
        ("mailto:ops@example.com", "SHOP_ALERTS is a mailbox, and the operating model names no mail server"),
        ("hunter2", "SHOP_ALERTS holds no address that alerts can go to"),
    ],
)
def test_an_address_that_cannot_be_used_is_shown_as_a_dead_channel_and_never_printed(
    ledger: Ledger, clock: ManualClock, address: str, error: str
) -> None:
    desk = a_desk(parse(MODEL), ledger, clock, {"SHOP_ALERTS": address, "OPS_MAIL": address, "TECH_ALERTS": address})
    leak(ledger, "CLOCK")
    told = by_channel(desk.deliver())["SHOP_ALERTS"]
    assert error in told.error
    assert address not in json.dumps([record.told for record in ledger.open_exceptions()])


def test_a_deadline_and_the_end_of_a_sleep_are_told(
    desk: Desk, ledger: Ledger, mailbox: Mailbox, clock: ManualClock
) -> None:
    oversold(ledger, NINE + timedelta(hours=10))
    desk.deliver()
    ledger.acknowledge("oversold", "eu/CUP", "maria", "counting", until=NINE + timedelta(hours=2))
    desk.deliver()
    clock.advance(2 * 3600)
    desk.deliver()
    clock.advance(4 * 3600)
    desk.deliver()
    words = [letter.get_content().partition("[")[2].partition("]")[0] for letter in mailbox.letters]
    assert words == ["new", "awake", "due soon"]


def test_without_channels_nobody_is_told_and_nothing_is_wrong(ledger: Ledger, clock: ManualClock) -> None:
    bare = parse(MODEL.partition("[teams.ecommerce]")[0])
    desk = a_desk(bare, ledger, clock, {})
    leak(ledger, "CLOCK")
    assert (desk.deliver(), desk.has_news()) == ([], False)


def test_teams_without_channels_use_the_fallback(ledger: Ledger, clock: ManualClock, hook: Endpoint) -> None:
    bare = MODEL.partition("[teams.ecommerce]")[0] + '[alerts]\nfallback = [{ env = "ALL" }]\n'
    desk = a_desk(parse(bare), ledger, clock, {"ALL": hook.url})
    leak(ledger, "CLOCK")
    assert [(each.channel, each.teams) for each in desk.deliver()] == [
        ("ALL", ("ecommerce", "operations", "finance", "engineering"))
    ]
    assert hook.bodies[0]["items"][0]["link"] == ""
