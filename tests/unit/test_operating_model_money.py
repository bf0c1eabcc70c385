"""What the operating model declares about money: sharing rules, thresholds, exchange rates, accounts."""

from datetime import date
from decimal import Decimal

import pytest

from integration_assets.contracts.errors import ConfigurationError
from integration_assets.contracts.settlements import BUCKETS
from resources.operating_model import OperatingModel, parse
from resources.operating_model_parts.money import DEFAULT_ACCOUNTS, SHARED
from tests.unit.test_operating_model import SMALLEST

RATES = """
[[money.fx]]
from = "GBP"
to = "EUR"
month = "2026-10"
rate = "1.15"

[[money.fx]]
from = "GBP"
to = "EUR"
month = "2026-12"
rate = "1.17"
"""


def model(more: str = "") -> OperatingModel:
    return parse(SMALLEST + more)


@pytest.mark.parametrize(
    ("source", "target", "on", "rate"),
    [
        ("GBP", "GBP", date(2026, 1, 1), Decimal(1)),
        ("GBP", "EUR", date(2026, 9, 30), None),
        ("GBP", "EUR", date(2026, 10, 1), Decimal("1.15")),
        ("GBP", "EUR", date(2026, 11, 30), Decimal("1.15")),
        ("GBP", "EUR", date(2026, 12, 1), Decimal("1.17")),
        ("EUR", "GBP", date(2026, 12, 1), None),
    ],
    ids=[
        "one currency",
        "before the first",
        "from its month",
        "until a later one",
        "the later one",
        "never turned round",
    ],
)
def test_a_rate_is_the_declared_one_of_the_month_or_none(
    source: str, target: str, on: date, rate: Decimal | None
) -> None:
    assert model(RATES).money.rate(source, target, on) == rate


def test_a_difference_is_worth_a_look_from_one_unit_of_the_currency_unless_told() -> None:
    money = model('[money]\ndrift_over = { GBP = "0.50" }\n').money
    assert [money.material(currency) for currency in ("GBP", "EUR", "JPY")] == [
        Decimal("0.50"),
        Decimal(1),
        Decimal(100),
    ]


def test_every_bucket_has_an_account_and_only_fees_are_ever_shared() -> None:
    assert set(DEFAULT_ACCOUNTS) == set(BUCKETS)
    assert {"principal", "refund", "reserve", "transfer", "unmapped"}.isdisjoint(SHARED)
    chart = model('[accounts]\nbank = "1200"\nbuckets = { principal = "4000" }\n').accounts.chart()
    assert (chart.bank, chart.account("principal"), chart.account("commission")) == (
        "1200",
        "4000",
        "Amazon commission",
    )
    assert chart.account("something new") == "Amazon suspense"


@pytest.mark.parametrize(("closed", "first"), [("2026-10", date(2026, 11, 1)), ("2026-12", date(2027, 1, 1))])
def test_the_books_are_open_from_the_day_after_the_last_closed_month(closed: str, first: date) -> None:
    assert model(f'[accounts]\nclosed_through = "{closed}"\n').accounts.open_from == first
    assert model().accounts.open_from is None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[money]\nallocate = { reserve = "by_units" }\n', "money.allocate.reserve: unknown key"),
        ('[money]\nallocate = { storage = "by_weight" }\n', '"leave" or "by_revenue" or "by_units" or "by_sku"'),
        ("[money]\ndrift_over = { GBP = 0.5 }\n", 'money.drift_over.GBP: found 0.5, expected an amount in quotes'),
        ('[[money.fx]]\nfrom = "GBP"\nto = "EUR"\nmonth = "2026-10"\nrate = "0"\n', "expected a rate above zero"),
        ('[[money.fx]]\nfrom = "GBP"\nto = "EUR"\nmonth = "2026-13"\nrate = "1"\n', "expected a month in quotes"),
        (
            RATES.replace("2026-12", "2026-10"),
            'money.fx[#2].rate: found "1.17", expected one rate from GBP to EUR for 2026-10; money.fx[#1] has declared',
        ),
        (RATES.replace('"GBP"', '"EUR"'), 'money.fx[#1].to: found "EUR", expected another currency than from'),
        ('[accounts]\nbuckets = { sales = "4000" }\n', "accounts.buckets.sales: unknown key"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_its_key_and_what_was_expected(more: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match="nothing runs until all is mended") as refused:
        model(more)
    assert told in str(refused.value)
