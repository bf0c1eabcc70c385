"""The story of an Amazon order, on both sides and in the settlements."""

from __future__ import annotations

from typing import Final

from cli.stories.story import Chapter, Thing

ORDER: Final = Thing(
    name="order",
    called="Amazon",
    known=(
        Chapter(("amazon.orders",), "SELECT 1 FROM amazon.orders WHERE amazon_order_id = $id"),
        Chapter(("shopify.orders",), "SELECT 1 FROM shopify.orders WHERE $id IN (amazon_order_id, source_identifier)"),
    ),
    like=(
        Chapter(
            ("amazon.orders",),
            "SELECT amazon_order_id FROM amazon.orders WHERE starts_with(amazon_order_id, left($id, 5)) ORDER BY ALL",
        ),
    ),
    facts=(
        Chapter(
            ("amazon.orders",),
            """
            SELECT unnest(['Amazon', 'ordered', 'ship by', 'total']), unnest([
                region || ', ' || status || ', shipped by ' || coalesce(lower(fulfilled_by), 'nobody yet'),
                strftime(created_at, '%Y-%m-%d %H:%M UTC'),
                coalesce(strftime(ship_by_at, '%Y-%m-%d %H:%M UTC'), 'no such time'),
                coalesce(total || ' ' || currency, 'not known while pending')])
            FROM amazon.orders WHERE amazon_order_id = $id
            """,
        ),
        Chapter(
            ("amazon.order_items",),
            """
            SELECT 'item', coalesce(seller_sku, 'no SKU') || ': ' || quantity_ordered || ' ordered, '
                || quantity_fulfilled || ' shipped' || coalesce(', ' || item_total || ' ' || currency, '')
            FROM amazon.order_items WHERE amazon_order_id = $id ORDER BY order_item_id
            """,
        ),
        Chapter(
            ("shopify.orders",),
            """
            SELECT 'Shopify', name || ', ' || lower(replace(fulfillment_status, '_', ' '))
                || if(cancelled_at IS NULL, '', ', cancelled') || ', ' || shopify_order_id
            FROM shopify.orders WHERE $id IN (amazon_order_id, source_identifier) ORDER BY created_at
            """,
        ),
        Chapter(
            ("shopify.orders",),
            """
            SELECT 'Shopify', 'no order stands for it' WHERE NOT EXISTS (
                SELECT 1 FROM shopify.orders WHERE $id IN (amazon_order_id, source_identifier))
            """,
        ),
        Chapter(
            ("reconcile.order_match",),
            """
            SELECT 'both sides', replace(verdict, '_', ' ') || coalesce(': ' || nullif(reason, ''), '')
            FROM reconcile.order_match WHERE amazon_order_id = $id
            """,
        ),
        Chapter(
            ("reconcile.fulfilment_lag",),
            "SELECT 'shipment', reason FROM reconcile.fulfilment_lag WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("reconcile.order_margin",),
            """
            SELECT 'settled', sum(paid_out) || ' ' || currency || ' paid out'
                || coalesce(', margin ' || sum(margin), '')
            FROM reconcile.order_margin WHERE order_ref = $id GROUP BY currency
            """,
        ),
        Chapter(
            ("reconcile.settlement_drift",),
            "SELECT 'difference', coalesce(difference || ' ' || currency, 'cannot be told') || ': ' || reason "
            "FROM reconcile.settlement_drift WHERE order_ref = $id",
        ),
    ),
    timeline=(
        Chapter(
            ("amazon.orders",), "SELECT created_at, 'ordered on Amazon' FROM amazon.orders WHERE amazon_order_id = $id"
        ),
        Chapter(
            ("amazon.orders",),
            "SELECT seen_at, 'Amazon says ' || status || ' (' || change || ')' FROM amazon.orders_log "
            "WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("shopify.orders",),
            "SELECT created_at, 'in Shopify as ' || name FROM shopify.orders "
            "WHERE $id IN (amazon_order_id, source_identifier)",
        ),
        Chapter(
            ("shopify.fulfillments",),
            "SELECT created_at, 'shipped in Shopify: ' || coalesce(tracking_company, 'no carrier') || ', ' || status "
            "FROM shopify.fulfillments WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("amazon.order_packages",),
            "SELECT accepted_at, 'Amazon took package ' || package_reference_id || ' by ' "
            "|| coalesce(carrier, 'no carrier') FROM amazon.order_packages WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("shopify.refunds",),
            "SELECT processed_at, 'refund of ' || amount || ' ' || currency || ' in Shopify' FROM shopify.refunds "
            "WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("amazon.transactions",),
            "SELECT posted_at, transaction_type || ' of ' || amount || ' ' || currency || ' posted by Amazon' "
            "FROM amazon.transactions WHERE amazon_order_id = $id",
        ),
        Chapter(
            ("reconcile.order_fees", "reconcile.payouts"),
            """
            SELECT p.ended_at, 'settled in ' || f.settlement_id || ': ' || sum(f.amount) || ' ' || f.currency
            FROM reconcile.order_fees AS f JOIN reconcile.payouts AS p ON p.settlement_id = f.settlement_id
            WHERE f.order_ref = $id GROUP BY p.ended_at, f.settlement_id, f.currency
            """,
        ),
    ),
)
