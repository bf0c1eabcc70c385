-- Grain: one row per Amazon order of the sales channel AMAZON. Amounts in the currency named beside them.
-- Parameters: $since (instant from which orders are imported), $fba (at_once, when_shipped or never), $fresh_since
-- (instant): what changed on either side since then may still be under way; so may an amount that Amazon has changed.
-- An order that another tool made is known by its name, as it is by the import, before anybody has adopted it.
WITH told AS (
    SELECT
        * REPLACE (
            coalesce(
                amazon_order_id,
                source_identifier,
                nullif(regexp_extract(name, '[0-9]{3}-[0-9]{7}-[0-9]{7}$'), '')
            ) AS amazon_order_id
        )
    FROM shopify.orders
),
shop AS (
    SELECT
        amazon_order_id,
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
    FROM told
    WHERE amazon_order_id IS NOT NULL
    GROUP BY amazon_order_id
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
apart AS (
    SELECT amazon_order_id, currency, shopify_total, current_total
    FROM both_sides
    WHERE currency = shopify_currency AND total NOT IN (shopify_total, current_total)
),
-- Where the amounts differ: since when Amazon tells another one than Shopify shows, by our own readings. It is only told
-- of orders whose amounts were the same before: then Amazon has changed it, and our own update follows.
agreed AS (
    SELECT a.amazon_order_id, max(l.seen_at) AS last_agreed_at
    FROM apart AS a
    JOIN amazon.orders_log AS l ON l.amazon_order_id = a.amazon_order_id
    WHERE l.total IN (a.shopify_total, a.current_total)
    GROUP BY a.amazon_order_id
),
parted AS (
    SELECT a.amazon_order_id, min(l.seen_at) AS parted_at
    FROM agreed AS a
    JOIN amazon.orders_log AS l ON l.amazon_order_id = a.amazon_order_id AND l.seen_at > a.last_agreed_at
    GROUP BY a.amazon_order_id
),
-- What buyers paid by the settlements, where the amounts differ: the last word on what an order came to.
settled AS (
    SELECT f.order_ref AS amazon_order_id, sum(f.sale_amount) AS total
    FROM reconcile.order_fees AS f
    SEMI JOIN apart AS a ON a.amazon_order_id = f.order_ref AND a.currency = f.currency
    WHERE f.how = 'named' AND NOT f.is_mcf AND f.bucket IN ('principal', 'giftwrap', 'shipping', 'tax', 'promotion')
    GROUP BY f.order_ref
),
judged AS (
    SELECT
        b.*,
        coalesce(p.parted_at >= $fresh_since, false) AS amount_changed,
        CASE
            WHEN standing > 1 THEN 'duplicate'
            WHEN all_of_them = 0 AND not_due IS NOT NULL THEN 'not_due'
            WHEN all_of_them = 0 AND is_fresh THEN 'waiting'
            WHEN all_of_them = 0 THEN 'missing'
            WHEN state_differs IS NOT NULL AND is_fresh THEN 'waiting'
            WHEN state_differs IS NOT NULL THEN 'state_differs'
            WHEN b.total IS NULL OR status = 'CANCELLED' THEN 'matched'
            WHEN b.currency <> shopify_currency THEN 'amounts_differ'
            WHEN b.total IN (shopify_total, current_total) THEN 'matched'
            WHEN t.total IN (shopify_total, current_total) THEN 'matched'
            WHEN p.parted_at >= $fresh_since THEN 'waiting'
            ELSE 'amounts_differ'
        END AS verdict
    FROM both_sides AS b
    LEFT JOIN parted AS p ON p.amazon_order_id = b.amazon_order_id
    LEFT JOIN settled AS t ON t.amazon_order_id = b.amazon_order_id
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
        WHEN 'waiting' THEN
            CASE
                WHEN state_differs IS NOT NULL THEN state_differs || ', changed just now'
                WHEN amount_changed THEN 'the amount has changed on Amazon just now'
                ELSE 'to be made with the next import'
            END
        WHEN 'state_differs' THEN state_differs
        WHEN 'amounts_differ' THEN
            total::VARCHAR || ' ' || currency || ' on Amazon, ' || shopify_total::VARCHAR || ' ' || shopify_currency
            || ' in Shopify'
        ELSE ''
    END AS reason
FROM judged
