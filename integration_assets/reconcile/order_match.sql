-- Grain: one row per Amazon order of the sales channel AMAZON. Amounts in the currency named beside them.
-- Parameters: $since (instant from which orders are imported), $fba (at_once, when_shipped or never), $fresh_since
-- (instant): what changed on either side since then may still be under way.
WITH shop AS (
    SELECT
        coalesce(amazon_order_id, source_identifier) AS amazon_order_id,
        count(*) FILTER (WHERE cancelled_at IS NULL) AS standing,
        count(*) AS all_of_them,
        first(shopify_order_id ORDER BY cancelled_at IS NOT NULL, created_at, shopify_order_id) AS shopify_order_id,
        first(
            CASE WHEN cancelled_at IS NULL THEN fulfillment_status ELSE 'CANCELLED' END
            ORDER BY cancelled_at IS NOT NULL, created_at, shopify_order_id
        ) AS status,
        first(currency ORDER BY cancelled_at IS NOT NULL, created_at, shopify_order_id) AS currency,
        first(original_total ORDER BY cancelled_at IS NOT NULL, created_at, shopify_order_id) AS total,
        first(total ORDER BY cancelled_at IS NOT NULL, created_at, shopify_order_id) AS current_total,
        max(updated_at) AS updated_at,
        string_agg(name, ', ' ORDER BY created_at, shopify_order_id) FILTER (WHERE cancelled_at IS NULL) AS names
    FROM shopify.orders
    WHERE coalesce(amazon_order_id, source_identifier) IS NOT NULL
    GROUP BY 1
),
both_sides AS (
    SELECT
        o.*,
        s.shopify_order_id,
        coalesce(s.standing, 0) AS standing,
        coalesce(s.all_of_them, 0) AS all_of_them,
        s.names,
        s.status AS shopify_status,
        s.currency AS shopify_currency,
        s.total AS shopify_total,
        s.current_total,
        greatest(o.last_updated_at, coalesce(s.updated_at, o.last_updated_at)) >= $fresh_since AS is_fresh,
        CASE
            WHEN o.status IN ('CANCELLED', 'UNFULFILLABLE') THEN lower(o.status) || ' before it was imported'
            WHEN o.created_at < $since THEN 'placed before this installation took over'
            WHEN o.status IN ('PENDING', 'PENDING_AVAILABILITY', 'UNKNOWN') THEN 'not released by Amazon yet'
            WHEN o.fulfilled_by IS NULL THEN 'Amazon does not say who ships it'
            WHEN o.fulfilled_by = 'AMAZON' AND $fba = 'never' THEN 'FBA orders are not imported'
            WHEN o.fulfilled_by = 'AMAZON' AND $fba = 'when_shipped' AND o.status <> 'SHIPPED'
                THEN 'FBA orders are imported once they are shipped'
        END AS not_due,
        CASE
            WHEN o.status = 'CANCELLED' AND s.standing > 0 THEN
                'cancelled on Amazon, ' || lower(s.status) || ' in Shopify'
            WHEN o.status <> 'CANCELLED' AND s.standing = 0 THEN
                'cancelled in Shopify, ' || lower(o.status) || ' on Amazon'
            WHEN o.status = 'SHIPPED' AND s.status IN ('UNFULFILLED', 'PARTIALLY_FULFILLED') THEN
                'shipped on Amazon, ' || lower(s.status) || ' in Shopify'
            WHEN o.status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AND s.status = 'FULFILLED' THEN
                'shipped in Shopify, ' || lower(o.status) || ' on Amazon'
        END AS state_differs
    FROM amazon.orders AS o
    LEFT JOIN shop AS s ON s.amazon_order_id = o.amazon_order_id
    WHERE o.channel_name = 'AMAZON'
),
judged AS (
    SELECT
        *,
        CASE
            WHEN standing > 1 THEN 'duplicate'
            WHEN all_of_them = 0 AND not_due IS NOT NULL THEN 'not_due'
            WHEN all_of_them = 0 AND is_fresh THEN 'waiting'
            WHEN all_of_them = 0 THEN 'missing'
            WHEN state_differs IS NOT NULL AND is_fresh THEN 'waiting'
            WHEN state_differs IS NOT NULL THEN 'state_differs'
            WHEN total IS NULL OR status = 'CANCELLED' THEN 'matched'
            WHEN currency <> shopify_currency THEN 'amounts_differ'
            WHEN total NOT IN (shopify_total, current_total) THEN 'amounts_differ'
            ELSE 'matched'
        END AS verdict
    FROM both_sides
)
SELECT
    region,
    amazon_order_id,
    verdict,
    shopify_order_id,
    standing AS shopify_orders,
    fulfilled_by,
    created_at,
    ship_by_at,
    status AS amazon_status,
    shopify_status,
    currency,
    shopify_currency,
    total AS amazon_total,
    shopify_total,
    CASE WHEN currency = shopify_currency THEN shopify_total - total END AS difference,
    CASE verdict
        WHEN 'duplicate' THEN standing || ' orders in Shopify stand for it: ' || names
        WHEN 'not_due' THEN not_due
        WHEN 'missing' THEN 'nothing in Shopify stands for it'
        WHEN 'waiting' THEN coalesce(state_differs || ', changed just now', 'to be made with the next import')
        WHEN 'state_differs' THEN state_differs
        WHEN 'amounts_differ' THEN
            total::VARCHAR || ' ' || currency || ' on Amazon, ' || shopify_total::VARCHAR || ' ' || shopify_currency
            || ' in Shopify'
        ELSE ''
    END AS reason
FROM judged
