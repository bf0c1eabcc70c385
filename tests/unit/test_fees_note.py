"""What the note of an order's fees says."""

from decimal import Decimal

from integration_assets.rules.fees_note import Sums, note


def sums(order_ref: str = "202-1", currency: str = "GBP") -> Sums:
    amounts = ("23.97", "4.0000", "-1.00", "-3.45", "-2.70", "-0.1", "-5", "-10.20", "0", "5.52")
    return Sums(order_ref, currency, *map(Decimal, amounts))


def test_amounts_are_text_with_the_decimals_of_their_currency() -> None:
    assert note([sums()]) == {
        "version": 1,
        "amazon": [
            {
                "order": "202-1",
                "currency": "GBP",
                "sales": "23.97",
                "tax": "4.00",
                "promotions": "-1.00",
                "commission": "-3.45",
                "fulfilment": "-2.70",
                "other_fees": "-0.10",
                "allocated_fees": "-5.00",
                "refunds": "-10.20",
                "unmapped": "0.00",
                "paid_out": "5.52",
                "fees": "-11.25",
            }
        ],
    }


def test_currencies_stand_side_by_side_in_an_order_that_does_not_depend_on_the_rows() -> None:
    both = [sums(currency="GBP"), sums(currency="EUR")]
    assert note(both) == note(both[::-1])
    assert [entry["currency"] for entry in note(both)["amazon"]] == ["EUR", "GBP"]
