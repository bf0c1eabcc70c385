"""The identities of money: what must add up to the last minor unit, whatever the files say."""

from integration_assets.checks.business import ERROR, WARN, BusinessClaim, checks_of
from integration_assets.contracts import money, settlements

CLAIMS = (
    BusinessClaim(
        asset=money.ACCOUNT_FEES.asset_key,
        name="orders_and_account_are_the_settlement",
        told="For every settlement, what stands on orders and what is left with the account is the sum of its lines.",
        sql="""
            WITH placed AS (
                SELECT settlement_id, currency, amount FROM reconcile.order_fees
                UNION ALL
                SELECT settlement_id, currency, amount_left FROM reconcile.account_fees
            ),
            lines AS (
                SELECT l.settlement_id, l.currency, -l.amount AS amount
                FROM amazon.settlement_lines AS l
                JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version
                WHERE s.is_current
            )
            SELECT settlement_id || ' ' || currency || ' ' || sum(amount)
            FROM (SELECT * FROM placed UNION ALL SELECT * FROM lines)
            GROUP BY settlement_id, currency
            HAVING sum(amount) <> 0
        """,
        severity=ERROR,
        deps=(money.ORDER_FEES, settlements.SETTLEMENTS, settlements.SETTLEMENT_LINES),
    ),
    BusinessClaim(
        asset=money.ACCOUNT_FEES.asset_key,
        name="what_is_shared_is_shared_whole",
        told="The shares of a fee add up to what was shared of it; by revenue and by units that is all of it, or none.",
        sql="""
            WITH borne AS (
                SELECT settlement_id, bucket, sum(amount) AS amount
                FROM reconcile.order_fees
                WHERE how = 'allocated'
                GROUP BY settlement_id, bucket
            )
            SELECT coalesce(a.settlement_id, b.settlement_id) || '/' || coalesce(a.bucket, b.bucket)
            FROM reconcile.account_fees AS a
            FULL JOIN borne AS b ON b.settlement_id = a.settlement_id AND b.bucket = a.bucket
            WHERE coalesce(a.allocated, 0) <> coalesce(b.amount, 0)
               OR a.allocated + a.amount_left <> a.amount
               OR (a.rule IN ('by_revenue', 'by_units') AND a.allocated <> 0 AND a.amount_left <> 0)
               OR (a.rule = 'leave' AND a.allocated <> 0)
        """,
        severity=ERROR,
        deps=(money.ORDER_FEES,),
    ),
    BusinessClaim(
        asset=money.ORDER_MARGIN.asset_key,
        name="margins_are_made_of_the_fees_and_nothing_else",
        told="What order lines are paid is the sum of their fees and sales, and the columns of a line add up to it.",
        sql="""
            WITH both_sides AS (
                SELECT region, currency, amount FROM reconcile.order_fees
                UNION ALL
                SELECT region, currency, -paid_out FROM reconcile.order_margin
            )
            SELECT region || ' ' || currency FROM both_sides GROUP BY region, currency HAVING sum(amount) <> 0
            UNION ALL
            SELECT order_ref || '/' || order_item_code
            FROM reconcile.order_margin
            WHERE revenue + tax + promotions + commission + fulfilment + other_fees + allocated_fees + refunds
                + unmapped <> paid_out
        """,
        severity=ERROR,
        deps=(money.ORDER_FEES,),
    ),
    BusinessClaim(
        asset=money.SETTLEMENT_DRIFT.asset_key,
        name="causes_add_up_to_the_difference",
        told="The causes of every difference add up to it exactly.",
        sql="""
            SELECT order_ref
            FROM reconcile.settlement_drift
            WHERE difference IS NOT NULL
              AND (difference <> settled_value - shopify_value
                   OR difference <> missing_order + price + shipping + tax + promotion + refund + fee_unmapped + fx
                       + timing + rounding + unexplained)
        """,
        severity=ERROR,
    ),
    BusinessClaim(
        asset=money.SETTLEMENT_DRIFT.asset_key,
        name="no_difference_is_unexplained",
        told="Every part of every difference has a cause with a name.",
        sql="SELECT order_ref || ' ' || unexplained FROM reconcile.settlement_drift WHERE unexplained <> 0",
        severity=WARN,
    ),
    BusinessClaim(
        asset=money.PAYOUTS.asset_key,
        name="orders_shares_and_account_are_the_lines",
        told="Of every payout, what stands on orders, what was shared out and what is left are its lines.",
        sql="SELECT settlement_id FROM reconcile.payouts WHERE on_orders + allocated + with_account <> lines_total",
        severity=ERROR,
    ),
    BusinessClaim(
        asset=money.PAYOUTS.asset_key,
        name="every_deposit_is_its_lines",
        told="Every deposit is the sum of its lines.",
        sql="SELECT settlement_id || ' ' || difference FROM reconcile.payouts WHERE difference <> 0",
        severity=WARN,
    ),
    BusinessClaim(
        asset=money.JOURNAL.asset_key,
        name="every_entry_balances",
        told="Debits and credits of every entry are the same, in one currency.",
        sql="""
            SELECT entry_id
            FROM reconcile.journal
            GROUP BY entry_id
            HAVING sum(debit) <> sum(credit) OR count(DISTINCT currency) <> 1
        """,
        severity=ERROR,
    ),
    BusinessClaim(
        asset=money.JOURNAL.asset_key,
        name="the_bank_gets_the_deposit",
        told="After all bookings and reversals, the bank got the total of every settlement as it stands now.",
        sql="""
            WITH banked AS (
                SELECT settlement_id, sum(debit - credit) AS amount
                FROM reconcile.journal
                WHERE bucket = 'deposit'
                GROUP BY settlement_id
            ),
            stated AS (
                SELECT settlement_id, total_amount
                FROM amazon.settlements
                WHERE is_current AND total_amount IS NOT NULL
            )
            SELECT s.settlement_id
            FROM stated AS s
            LEFT JOIN banked AS b ON b.settlement_id = s.settlement_id
            WHERE coalesce(b.amount, 0) <> s.total_amount
        """,
        severity=ERROR,
        deps=(settlements.SETTLEMENTS,),
    ),
)
CHECKS = tuple(
    checks_of([claim for claim in CLAIMS if claim.asset == table.asset_key])
    for table in (money.ACCOUNT_FEES, money.ORDER_MARGIN, money.SETTLEMENT_DRIFT, money.PAYOUTS, money.JOURNAL)
)
