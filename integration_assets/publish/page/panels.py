"""What the operator page tells of the warehouse: one panel per question, with the tables it needs.

A panel whose tables are not there is left out, so the page grows with the warehouse. Every SELECT is small: it counts
in the database and answers few rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Section = Literal["stock", "orders", "money", "service"]
Shape = Literal["tiles", "table", "bars", "lines"]
SECTIONS: dict[Section, str] = {
    "stock": "Stock",
    "orders": "Orders and shipments",
    "money": "Money",
    "service": "The service itself",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """A question and the SELECT that answers it. `$now` is the moment of the page.

    tiles: rows of (name, value, state) with state ok, warn, bad or empty. bars: (name, number). lines: (moment, name,
    number). table: `columns` names what it answers.
    """

    section: Section
    title: str
    needs: tuple[str, ...]
    shape: Shape
    sql: str
    columns: tuple[str, ...] = ()
    note: str = ""
    empty: str = "Nothing to show."
    silence_is_zero: bool = True
    """Of `lines`: whether a name that is not told at a moment was 0 then, or was not measured."""


PANELS = (
    Panel(
        "stock",
        "In step with Amazon",
        ("reconcile.stock_position", "actions.stock_push"),
        "tiles",
        """
        WITH p AS (
            SELECT count(*) AS skus, count(*) FILTER (WHERE shown = target) AS in_step,
                coalesce(sum(oversold), 0) AS oversold,
                count(*) FILTER (WHERE verdict = 'leak') AS leaks
            FROM reconcile.stock_position WHERE target IS NOT NULL
        ), l AS (
            SELECT quantile_cont(epoch(verified_at - decided_at), 0.5) AS p50,
                quantile_cont(epoch(verified_at - decided_at), 0.95) AS p95,
                count(*) FILTER (WHERE state = 'verified') AS verified,
                count(*) FILTER (WHERE state IN ('verified', 'rejected', 'unknown', 'applied')) AS came_to_something,
                coalesce(sum(greatest(attempts - 1, 0)), 0) AS again
            FROM actions.stock_push WHERE decided_at > $now::TIMESTAMPTZ - INTERVAL 1 DAY
        )
        SELECT 'SKUs in step', in_step || ' of ' || skus, CASE WHEN skus = 0 THEN '' WHEN in_step = skus THEN 'ok'
            WHEN in_step * 100 >= skus * 95 THEN 'warn' ELSE 'bad' END FROM p
        UNION ALL SELECT 'Units oversold', oversold::VARCHAR, CASE WHEN oversold = 0 THEN 'ok' ELSE 'bad' END FROM p
        UNION ALL SELECT 'Written by others', leaks::VARCHAR, CASE WHEN leaks = 0 THEN 'ok' ELSE 'bad' END FROM p
        UNION ALL SELECT 'Pushes verified, 24 h', CASE WHEN came_to_something = 0 THEN '-' ELSE
            verified || ' of ' || came_to_something END, CASE WHEN came_to_something = 0 OR verified = came_to_something
            THEN 'ok' ELSE 'warn' END FROM l
        UNION ALL SELECT 'Decided to seen on Amazon, half within', coalesce(
            CASE WHEN p50 < 120 THEN round(p50)::INT || ' s' ELSE round(p50 / 60)::INT || ' min' END, '-'), '' FROM l
        UNION ALL SELECT '95 % within', coalesce(
            CASE WHEN p95 < 120 THEN round(p95)::INT || ' s' ELSE round(p95 / 60)::INT || ' min' END, '-'), '' FROM l
        UNION ALL SELECT 'Sent again, 24 h', again::VARCHAR, '' FROM l
        """,
    ),
    Panel(
        "stock",
        "SKUs out of step over time, by cause",
        ("reconcile.trend",),
        "lines",
        """
        SELECT measured_at, replace(substr(figure, 7), '_', ' '), value FROM reconcile.trend
        WHERE figure LIKE 'drift/%' ORDER BY figure, measured_at
        """,
        empty="Nothing has been out of step.",
    ),
    Panel(
        "stock",
        "Oversell risk: Amazon shows more than may be promised",
        ("reconcile.inventory_drift", "reconcile.stock_position"),
        "table",
        """
        SELECT d.seller_sku, d.region, d.shown, d.target, d.difference, replace(d.cause, '_', ' '),
            CASE WHEN d.age_minutes < 120 THEN d.age_minutes || ' min' ELSE d.age_minutes // 60 || ' h' END
        FROM reconcile.inventory_drift AS d WHERE d.direction = 'over'
        ORDER BY d.difference DESC, d.seller_sku LIMIT 10
        """,
        ("SKU", "region", "Amazon shows", "may show", "too many", "cause", "for"),
        empty="Amazon shows no more than may be promised.",
    ),
    Panel(
        "orders",
        "Amazon's account health",
        ("reconcile.account_health",),
        "table",
        """
        SELECT upper(region), replace(figure, '_', ' '), window_days || ' days', hits || ' of ' || counted,
            CASE WHEN percent IS NULL THEN '-' ELSE round(percent, 2) || ' %' END,
            CASE figure WHEN 'valid_tracking' THEN 'at least ' ELSE 'under ' END || limit_percent::DOUBLE || ' %',
            CASE WHEN within_limit THEN 'within' ELSE 'outside' END,
            CASE WHEN one_more_costs IS NULL THEN '-' ELSE round(one_more_costs, 2) || ' points' END
        FROM reconcile.account_health ORDER BY within_limit, region, figure, window_days
        """,
        ("region", "figure", "over", "counted", "now", "Amazon's limit", "limit", "one more costs"),
        empty="Nothing to judge yet.",
    ),
    Panel(
        "orders",
        "To be shipped by the merchant",
        ("amazon.orders",),
        "tiles",
        """
        WITH o AS (
            SELECT ship_by_at, status FROM amazon.orders
            WHERE fulfilled_by = 'MERCHANT' AND channel_name <> 'NON_AMAZON'
                AND status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED')
        )
        SELECT 'Waiting to be shipped', count(*)::VARCHAR, '' FROM o
        UNION ALL SELECT 'Ship by within 24 h', count(*)::VARCHAR, CASE WHEN count(*) = 0 THEN 'ok' ELSE 'warn' END
            FROM o WHERE ship_by_at BETWEEN $now::TIMESTAMPTZ AND $now::TIMESTAMPTZ + INTERVAL 1 DAY
        UNION ALL SELECT 'Past their ship-by time', count(*)::VARCHAR, CASE WHEN count(*) = 0 THEN 'ok' ELSE 'bad' END
            FROM o WHERE ship_by_at < $now::TIMESTAMPTZ
        UNION ALL SELECT 'Payment pending', count(*)::VARCHAR, '' FROM amazon.orders
            WHERE status = 'PENDING' AND channel_name <> 'NON_AMAZON'
        """,
    ),
    Panel(
        "orders",
        "Orders a day, last two weeks",
        ("amazon.orders",),
        "lines",
        """
        WITH days AS (
            SELECT unnest(generate_series(date_trunc('day', $now::TIMESTAMPTZ) - INTERVAL 14 DAY,
                date_trunc('day', $now::TIMESTAMPTZ) - INTERVAL 1 DAY, INTERVAL 1 DAY)) AS day
        ), ways AS (
            SELECT 'MERCHANT' AS who, 'shipped by the merchant' AS name UNION ALL SELECT 'AMAZON', 'shipped by Amazon'
        )
        SELECT d.day, b.name, count(o.amazon_order_id)
        FROM days AS d CROSS JOIN ways AS b
        LEFT JOIN amazon.orders AS o ON date_trunc('day', o.created_at) = d.day AND o.fulfilled_by = b.who
            AND o.channel_name <> 'NON_AMAZON'
        GROUP BY ALL ORDER BY 2, 1
        """,
    ),
    Panel(
        "orders",
        "Late, or about to be",
        ("reconcile.fulfilment_lag",),
        "table",
        """
        SELECT amazon_order_id, upper(region), replace(cause, '_', ' '), units,
            CASE WHEN hours_left IS NULL THEN '-' ELSE round(hours_left, 1) || ' h' END,
            coalesce(replace(endangers, '_', ' '), '-'), reason
        FROM reconcile.fulfilment_lag ORDER BY hours_left NULLS LAST, amazon_order_id LIMIT 20
        """,
        ("order", "region", "what", "units", "left", "endangers", "why"),
        empty="No shipment is late.",
    ),
    Panel(
        "money",
        "Payouts",
        ("reconcile.payouts",),
        "table",
        """
        SELECT settlement_id, upper(region), coalesce(strftime(deposit_on, '%d %b %Y'), '-'),
            deposit || ' ' || currency, on_orders, allocated, with_account, unmapped, difference, state
        FROM reconcile.payouts ORDER BY deposit_on DESC NULLS LAST, settlement_id LIMIT 10
        """,
        (
            "settlement",
            "region",
            "deposit on",
            "deposit",
            "on orders",
            "shared out",
            "with the account",
            "unmapped",
            "unexplained",
            "state",
        ),
        note="Unexplained is the lines less the deposit: 0.00, or the payout is not balanced.",
        empty="No payout has been read yet.",
    ),
    Panel(
        "money",
        "Fees by kind over time",
        ("reconcile.order_fees", "reconcile.payouts"),
        "lines",
        """
        SELECT p.ended_at, replace(f.bucket, '_', ' ') || ' ' || f.currency, -sum(f.amount)
        FROM reconcile.order_fees AS f JOIN reconcile.payouts AS p ON p.settlement_id = f.settlement_id
        WHERE p.ended_at IS NOT NULL AND f.amount < 0
        GROUP BY p.ended_at, f.bucket, f.currency
        ORDER BY 2, 1
        """,
        empty="Fewer than two payouts have been read.",
        silence_is_zero=False,
    ),
    Panel(
        "money",
        "Margin by SKU, the least first",
        ("reconcile.order_margin",),
        "table",
        """
        SELECT seller_sku, currency, sum(units)::BIGINT, sum(revenue), sum(commission), sum(fulfilment),
            sum(other_fees + allocated_fees), sum(refunds), sum(cost_of_goods), sum(margin)
        FROM reconcile.order_margin WHERE seller_sku <> '' AND margin IS NOT NULL
        GROUP BY ALL ORDER BY sum(margin), seller_sku LIMIT 12
        """,
        (
            "SKU",
            "currency",
            "units",
            "revenue",
            "commission",
            "fulfilment",
            "other fees",
            "refunds",
            "cost of goods",
            "margin",
        ),
        empty="No unit cost is known yet.",
    ),
    Panel(
        "money",
        "Orders that settlements value otherwise than Shopify",
        ("reconcile.settlement_drift",),
        "table",
        """
        SELECT CASE WHEN main_cause = '' THEN 'cannot be compared' ELSE replace(main_cause, '_', ' ') END,
            currency, replace(state, '_', ' '), count(*), sum(difference), sum(unexplained)
        FROM reconcile.settlement_drift GROUP BY ALL ORDER BY 3 DESC, count(*) DESC
        """,
        ("main cause", "currency", "state", "orders", "difference", "unexplained"),
        empty="Settlements and Shopify agree.",
    ),
    Panel(
        "service",
        "Freshness of each source",
        ("reconcile.service_health",),
        "table",
        """
        SELECT name, CASE state WHEN 'unknown' THEN 'never read' ELSE state END,
            CASE WHEN known_at IS NULL THEN '-' WHEN $now::TIMESTAMPTZ - known_at < INTERVAL 2 HOUR
                THEN date_diff('minute', known_at, $now::TIMESTAMPTZ) || ' min'
                ELSE date_diff('hour', known_at, $now::TIMESTAMPTZ) || ' h' END,
            CASE WHEN limit_minutes < 120 THEN limit_minutes || ' min' ELSE limit_minutes // 60 || ' h' END
        FROM reconcile.service_health WHERE part = 'source'
        ORDER BY state IN ('ok', 'unknown'), known_at NULLS LAST, name
        """,
        ("source", "state", "read", "may be"),
    ),
    Panel(
        "service",
        "Credentials and webhooks",
        ("reconcile.service_health",),
        "table",
        """
        SELECT part, name, state, told FROM reconcile.service_health WHERE part IN ('credentials', 'webhooks')
        ORDER BY state = 'ok', part, name
        """,
        ("what", "which", "state", "found"),
    ),
    Panel(
        "service",
        "Rate budget used",
        ("reconcile.service_health",),
        "table",
        """
        SELECT name, used_percent::INT || ' %', retries, told FROM reconcile.service_health WHERE part = 'allowance'
        ORDER BY retries DESC, used_percent DESC, name LIMIT 12
        """,
        ("allowance", "used", "asked to wait, 1 h", "left"),
        empty="Nothing has been called yet.",
    ),
    Panel(
        "service",
        "Exceptions over time, by team",
        ("reconcile.trend",),
        "lines",
        """
        SELECT measured_at, substr(figure, 12), value FROM reconcile.trend
        WHERE figure LIKE 'exceptions/%' ORDER BY figure, measured_at
        """,
        empty="Nothing has been open.",
    ),
)
