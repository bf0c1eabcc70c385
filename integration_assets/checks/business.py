"""Claims about the business that must hold whatever happens: judged in SQL, on the tables as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from integration_assets.contracts import actions, amazon, reconcile
from integration_assets.contracts.table import Table
from resources.warehouse import Warehouse

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
NAMED = 10
"""What breaks a claim is named up to this many times; the number of all stands in the metadata."""


@dataclass(frozen=True, slots=True)
class BusinessClaim:
    """A sentence that is true when the SELECT finds nothing; it names what breaks it.

    `deps` are the tables it looks at beside the asset's own, so that it judges what this run has read.
    """

    asset: list[str]
    name: str
    told: str
    sql: str
    severity: dg.AssetCheckSeverity
    deps: tuple[Table[Any], ...] = ()


CLAIMS = (
    BusinessClaim(
        asset=reconcile.STOCK_POSITION.asset_key,
        name="no_target_above_what_can_be_promised",
        told="No target is above what the pool has after holds.",
        sql="""
            SELECT region || '/' || seller_sku
            FROM reconcile.stock_position
            WHERE available IS NOT NULL AND target > greatest(0, available - held_for_orders - presumed_sold)
        """,
        severity=ERROR,
    ),
    BusinessClaim(
        asset=reconcile.STOCK_POSITION.asset_key,
        name="no_target_for_what_amazon_ships",
        told="No SKU that Amazon ships, wholly or in part, has a target.",
        sql="""
            SELECT p.region || '/' || p.seller_sku
            FROM reconcile.stock_position AS p
            JOIN reconcile.sku_map AS m ON m.region = p.region AND m.seller_sku = p.seller_sku
            WHERE p.target IS NOT NULL AND m.fulfillment <> 'mfn'
        """,
        severity=ERROR,
    ),
    BusinessClaim(
        asset=reconcile.STOCK_POSITION.asset_key,
        name="no_unit_is_promised_to_two_regions",
        told="The region accounts that draw on one pool promise no more than it has, all of them together.",
        sql="""
            WITH promised AS (
                SELECT inventory_item_id, region, max(target) AS target, max(available - held_for_orders) AS free
                FROM reconcile.stock_position
                WHERE target IS NOT NULL AND available IS NOT NULL
                GROUP BY inventory_item_id, region
            )
            SELECT inventory_item_id FROM promised GROUP BY inventory_item_id
            HAVING count(*) > 1 AND sum(target) > greatest(0, max(free))
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=reconcile.STOCK_POSITION.asset_key,
        name="every_mapped_sku_has_a_position",
        told="Every mapped SKU that the merchant ships has a position.",
        sql="""
            SELECT m.region || '/' || m.seller_sku
            FROM reconcile.sku_map AS m
            ANTI JOIN reconcile.stock_position AS p ON p.region = m.region AND p.seller_sku = m.seller_sku
            WHERE m.fulfillment = 'mfn' AND m.status = 'mapped'
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=reconcile.INVENTORY_DRIFT.asset_key,
        name="amazon_promises_nothing_that_is_not_there",
        told="Amazon shows no SKU with more units than may be promised.",
        sql="SELECT region || '/' || seller_sku FROM reconcile.inventory_drift WHERE direction = 'over'",
        severity=WARN,
    ),
    BusinessClaim(
        asset=reconcile.SKU_MAP.asset_key,
        name="every_merchant_sku_is_mapped",
        told="Every SKU that the merchant ships is mapped to one variant.",
        sql="""
            SELECT region || '/' || seller_sku
            FROM reconcile.sku_map
            WHERE fulfillment = 'mfn' AND status NOT IN ('mapped', 'ignored')
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=reconcile.SKU_MAP.asset_key,
        name="every_open_order_holds_its_units",
        told="Whatever the merchant still has to ship to Amazon's buyers is of mapped SKUs, so its units are held.",
        sql="""
            SELECT DISTINCT o.amazon_order_id || ' (' || coalesce(i.seller_sku, 'no SKU') || ')'
            FROM amazon.orders AS o
            JOIN amazon.order_items AS i ON i.amazon_order_id = o.amazon_order_id
            LEFT JOIN reconcile.sku_map AS m ON m.region = o.region AND m.seller_sku = i.seller_sku
            WHERE o.status IN ('PENDING', 'PENDING_AVAILABILITY', 'UNSHIPPED', 'PARTIALLY_SHIPPED')
              AND o.channel_name <> 'NON_AMAZON'
              AND coalesce(o.fulfilled_by, '') <> 'AMAZON'
              AND coalesce(m.status, 'unmapped') NOT IN ('mapped', 'ignored', 'untracked')
            ORDER BY ALL
        """,
        severity=WARN,
        deps=(amazon.ORDERS, amazon.ORDER_ITEMS),
    ),
    BusinessClaim(
        asset=amazon.LISTINGS.asset_key,
        name="marketplaces_show_one_quantity",
        told="Where a SKU is listed in several marketplaces of an account, they have shown one quantity for an hour.",
        sql="""
            WITH changed AS (
                SELECT region, marketplace_id, seller_sku, max(seen_at) AS changed_at
                FROM amazon.listings_log
                GROUP BY ALL
            )
            SELECT l.region || '/' || l.seller_sku
            FROM amazon.listings AS l
            JOIN changed AS c USING (region, marketplace_id, seller_sku)
            WHERE l.fulfillment_channel = 'DEFAULT' AND l.quantity IS NOT NULL
            GROUP BY l.region, l.seller_sku
            HAVING count(DISTINCT l.quantity) > 1 AND bool_and(c.changed_at <= l.seen_at - INTERVAL 1 HOUR)
            ORDER BY ALL
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=actions.STOCK_PUSH.asset_key,
        name="no_open_push_for_what_amazon_ships",
        told="No push under way is for an offer that Amazon ships, wholly or in part.",
        sql="""
            SELECT p.region || '/' || p.seller_sku
            FROM actions.stock_push AS p
            JOIN amazon.availability AS a ON a.region = p.region AND a.seller_sku = p.seller_sku
            WHERE p.state IN ('intended', 'sent', 'applied', 'unknown')
              AND len(a.fulfillment_channels) > 0 AND a.fulfillment_channels <> ['DEFAULT']
        """,
        severity=ERROR,
        deps=(amazon.AVAILABILITY,),
    ),
    BusinessClaim(
        asset=actions.STOCK_PUSH.asset_key,
        name="no_push_is_left_undone",
        told="No push is under way for longer than two hours.",
        sql="""
            SELECT region || '/' || seller_sku
            FROM actions.stock_push
            WHERE state IN ('intended', 'sent', 'applied', 'unknown')
              AND decided_at < (SELECT max(written_at) FROM meta.freshness) - INTERVAL 2 HOUR
        """,
        severity=WARN,
    ),
    BusinessClaim(
        asset=actions.STOCK_PUSH.asset_key,
        name="no_push_is_left_in_doubt",
        told="Of no push it is unknown whether it was applied.",
        sql="SELECT region || '/' || seller_sku FROM actions.stock_push WHERE state = 'unknown'",
        severity=WARN,
    ),
)


def checks_of(claims: Sequence[BusinessClaim]) -> dg.AssetChecksDefinition:
    """The claims about one asset, judged in one step; an ERROR one stops what comes after it in the run."""
    key = dg.AssetKey(claims[0].asset)

    @dg.multi_asset_check(
        name=f"{'_'.join(key.path)}_business",
        specs=[
            dg.AssetCheckSpec(
                claim.name,
                asset=key,
                description=claim.told,
                blocking=claim.severity is ERROR,
                additional_deps=[dep.asset_key for dep in claim.deps],
            )
            for claim in claims
        ],
    )
    def check(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[dg.AssetCheckResult]:
        for claim in claims:
            broken = [row[0] for row in warehouse.query(claim.sql)]
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=claim.name,
                passed=not broken,
                severity=claim.severity,
                description=f"Broken by {len(broken)}: {', '.join(broken[:NAMED])}" if broken else claim.told,
                metadata={"broken": len(broken)},
            )

    return check


def _by_asset() -> Iterator[list[BusinessClaim]]:
    for asset in dict.fromkeys(tuple(claim.asset) for claim in CLAIMS):
        yield [claim for claim in CLAIMS if tuple(claim.asset) == asset]


CHECKS = tuple(checks_of(claims) for claims in _by_asset())
