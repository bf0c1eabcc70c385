"""The story of a payout: what the settlement says, what became of its lines, how it was booked."""

from __future__ import annotations

from typing import Final

from cli.stories.story import Chapter, Thing

PAYOUT: Final = Thing(
    name="payout",
    called="Amazon's settlement",
    known=(
        Chapter(("amazon.settlements",), "SELECT 1 FROM amazon.settlements WHERE settlement_id = $id"),
        Chapter(("reconcile.payouts",), "SELECT 1 FROM reconcile.payouts WHERE settlement_id = $id"),
    ),
    like=(
        Chapter(
            ("reconcile.payouts",),
            "SELECT settlement_id FROM reconcile.payouts WHERE starts_with(settlement_id, left($id, 4)) ORDER BY ALL",
        ),
    ),
    facts=(
        Chapter(
            ("reconcile.payouts",),
            """
            SELECT
                unnest([
                    'account', 'deposit', 'on orders', 'shared out', 'with the account', 'unmapped', 'unexplained'
                ]),
                unnest([
                    region || ', ' || currency,
                    deposit || ' on ' || coalesce(deposit_on::VARCHAR, 'no day'),
                    on_orders || ' (' || orders || ' orders, ' || orders_in_shopify || ' in Shopify)',
                    allocated::VARCHAR,
                    with_account::VARCHAR,
                    unmapped::VARCHAR,
                    difference || ', ' || state
                ])
            FROM reconcile.payouts WHERE settlement_id = $id
            """,
        ),
        Chapter(
            ("reconcile.account_fees",),
            """
            SELECT 'account fee', replace(bucket, '_', ' ') || ': ' || amount || ', of it ' || amount_left || ' left'
                || coalesce(' (' || left_why || ')', '')
            FROM reconcile.account_fees WHERE settlement_id = $id ORDER BY amount
            """,
        ),
    ),
    timeline=(
        Chapter(
            ("reconcile.payouts",),
            "SELECT started_at, 'its period began' FROM reconcile.payouts WHERE settlement_id = $id UNION ALL "
            "SELECT ended_at, 'its period ended' FROM reconcile.payouts WHERE settlement_id = $id",
        ),
        Chapter(
            ("amazon.settlements",),
            "SELECT read_at, 'file ' || coalesce(version::VARCHAR, '') || ' read: ' || status "
            "|| CASE WHEN reason = '' THEN '' ELSE ', ' || reason END "
            "FROM amazon.settlements WHERE settlement_id = $id",
        ),
        Chapter(
            ("reconcile.journal",),
            "SELECT min(recorded_at), kind || ' of ' || count(*) || ' lines booked on ' || booked_on::VARCHAR "
            "FROM reconcile.journal WHERE settlement_id = $id GROUP BY entry_id, kind, booked_on",
        ),
    ),
)
