"""The identities of settlements: what was stored is what the file said, and whether that adds up."""

from integration_assets.checks.business import ERROR, WARN, BusinessClaim, checks_of
from integration_assets.contracts import settlements

CLAIMS = (
    BusinessClaim(
        asset=settlements.SETTLEMENTS.asset_key,
        name="lines_are_the_total_or_the_difference_is_told",
        told="The stored lines of every version are as many and come to as much as its file said, and the total with "
        "the signed difference; one that does not balance is marked so.",
        sql="""
            WITH stored AS (
                SELECT settlement_id, version, count(*) AS lines, sum(amount) AS amount,
                    count(DISTINCT currency) AS currencies, min(currency) AS currency
                FROM amazon.settlement_lines
                GROUP BY settlement_id, version
            )
            SELECT s.region || '/' || s.settlement_id || ' version ' || s.version
            FROM amazon.settlements AS s
            LEFT JOIN stored AS l ON l.settlement_id = s.settlement_id AND l.version = s.version
            WHERE s.version IS NOT NULL
              AND (coalesce(l.lines, 0) <> s.lines
                   OR coalesce(l.amount, 0) <> s.sum_amount
                   OR s.sum_amount - s.total_amount <> s.difference
                   OR s.is_balanced <> (s.difference = 0)
                   OR (s.status = 'taken' AND NOT s.is_balanced)
                   OR coalesce(l.currencies, 1) <> 1
                   OR coalesce(l.currency, s.currency) <> s.currency)
        """,
        severity=ERROR,
        deps=(settlements.SETTLEMENT_LINES,),
    ),
    BusinessClaim(
        asset=settlements.SETTLEMENTS.asset_key,
        name="one_version_is_current",
        told="Every settlement that could be read has one current version.",
        sql="""
            SELECT region || '/' || settlement_id
            FROM amazon.settlements
            WHERE version IS NOT NULL
            GROUP BY region, settlement_id
            HAVING count_if(is_current) <> 1
        """,
        severity=ERROR,
    ),
    BusinessClaim(
        asset=settlements.SETTLEMENTS.asset_key,
        name="every_settlement_balances",
        told="The lines of every settlement are its total.",
        sql="""
            SELECT region || '/' || settlement_id || ': ' || difference || ' ' || currency
            FROM amazon.settlements
            WHERE is_current AND NOT is_balanced
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=settlements.SETTLEMENTS.asset_key,
        name="every_file_could_be_read",
        told="No settlement file is quarantined.",
        sql="SELECT region || '/' || report_id || ': ' || reason FROM amazon.settlements WHERE status = 'quarantined'",
        severity=WARN,
    ),
    BusinessClaim(
        asset=settlements.SETTLEMENT_LINES.asset_key,
        name="every_kind_of_line_is_known",
        told="Every kind of line has a bucket.",
        sql="""
            SELECT DISTINCT l.transaction_type || ' / ' || l.amount_type || ' / ' || l.amount_description
            FROM amazon.settlement_lines AS l
            JOIN amazon.settlements AS s ON s.settlement_id = l.settlement_id AND s.version = l.version
            WHERE l.bucket = 'unmapped' AND s.is_current
            ORDER BY ALL
        """,
        severity=WARN,
        deps=(settlements.SETTLEMENTS,),
    ),
)
CHECKS = tuple(
    checks_of([claim for claim in CLAIMS if claim.asset == table.asset_key])
    for table in (settlements.SETTLEMENTS, settlements.SETTLEMENT_LINES)
)
