-- Grain: one row per order and currency that is settled or should be soon, unless both systems say the same of it.
-- Not the table itself: these are the facts that rules/settlement_causes.py splits into causes. Amounts in the currency
-- of the settlement, those named shop_… in the currency the shop keeps its books in.
-- An order is only missing where both systems have been read for as long: Shopify since its first order here, Amazon
-- since the first settlement of the same region account and currency here. Orders of the shop's own that Amazon shipped
-- are paid elsewhere. Units are counted as Amazon counts them, where its order is known: the shop has the components of a
-- bundle as lines of their own.
WITH periods AS (
    SELECT settlement_id, any_value(region) AS region, any_value(currency) AS currency, min(start_at) AS start_at
    FROM amazon.settlements
    WHERE is_current
    GROUP BY settlement_id
),
settled AS (
    SELECT
        f.region,
        f.order_ref,
        f.currency,
        any_value(f.shopify_order_id) AS shopify_order_id,
        min(p.start_at) AS first_start_at,
        coalesce(sum(f.sale_amount) FILTER (f.bucket IN ('principal', 'giftwrap')), 0) AS goods,
        coalesce(sum(f.sale_amount) FILTER (f.bucket = 'shipping'), 0) AS shipping,
        coalesce(sum(f.sale_amount) FILTER (f.bucket = 'tax'), 0) AS tax,
        coalesce(sum(f.sale_amount) FILTER (f.bucket = 'promotion'), 0) AS promotion,
        coalesce(sum(f.sale_amount) FILTER (f.bucket = 'refund'), 0) AS refund,
        coalesce(sum(f.amount) FILTER (f.bucket = 'withheld_tax'), 0) AS withheld_tax,
        coalesce(sum(f.amount) FILTER (f.bucket = 'unmapped'), 0) AS unmapped,
        sum(f.units) AS units,
        bool_or(f.bucket = 'principal') AS has_sale
    FROM reconcile.order_fees AS f
    JOIN periods AS p ON p.settlement_id = f.settlement_id
    WHERE f.how = 'named' AND NOT f.is_mcf
    GROUP BY f.region, f.order_ref, f.currency
),
goods AS (
    SELECT shopify_order_id, sum(quantity * unit_price) AS goods, sum(quantity) AS units
    FROM shopify.order_lines
    GROUP BY shopify_order_id
),
asked AS (
    SELECT amazon_order_id, sum(quantity_ordered) AS units FROM amazon.order_items GROUP BY amazon_order_id
),
shop AS (
    SELECT
        o.shopify_order_id,
        coalesce(o.amazon_order_id, o.source_identifier) AS order_ref,
        o.processed_at,
        m.currency,
        g.goods - CASE WHEN m.taxes_included THEN m.tax ELSE 0 END AS goods,
        m.shipping,
        m.tax,
        -m.discounts AS promotion,
        -m.refunded AS refund,
        m.total - m.refunded AS total,
        coalesce(q.units, g.units) AS units
    FROM shopify.orders AS o
    JOIN shopify.order_money AS m ON m.shopify_order_id = o.shopify_order_id
    JOIN goods AS g ON g.shopify_order_id = o.shopify_order_id
    LEFT JOIN asked AS q ON q.amazon_order_id = coalesce(o.amazon_order_id, o.source_identifier)
),
known AS (
    SELECT min(created_at) AS shop_since FROM shopify.orders
),
paid AS (
    SELECT region, currency, min(start_at) AS settled_since FROM periods GROUP BY region, currency
),
with_settlement AS (
    SELECT
        s.region,
        s.order_ref,
        s.currency,
        s.shopify_order_id,
        coalesce(a.created_at, h.processed_at) AS ordered_at,
        h.shopify_order_id IS NOT NULL AS in_shop,
        true AS is_settled,
        s.goods, s.shipping, s.tax, s.promotion, s.refund, s.withheld_tax, s.unmapped, s.units,
        h.currency AS shop_currency,
        h.goods AS shop_goods, h.shipping AS shop_shipping, h.tax AS shop_tax, h.promotion AS shop_promotion,
        h.refund AS shop_refund, h.total AS shop_total, h.units AS shop_units
    FROM settled AS s
    CROSS JOIN known AS k
    LEFT JOIN shop AS h ON h.shopify_order_id = s.shopify_order_id
    LEFT JOIN amazon.orders AS a ON a.amazon_order_id = s.order_ref
    WHERE (h.shopify_order_id IS NOT NULL OR s.shopify_order_id IS NULL)
      AND (h.shopify_order_id IS NOT NULL
           OR coalesce(a.created_at >= k.shop_since, s.has_sale AND s.first_start_at >= k.shop_since))
),
without_settlement AS (
    SELECT
        a.region,
        a.amazon_order_id AS order_ref,
        coalesce(a.currency, h.currency) AS currency,
        h.shopify_order_id,
        a.created_at AS ordered_at,
        true AS in_shop,
        false AS is_settled,
        0 AS goods, 0 AS shipping, 0 AS tax, 0 AS promotion, 0 AS refund, 0 AS withheld_tax, 0 AS unmapped, 0 AS units,
        h.currency AS shop_currency,
        h.goods AS shop_goods, h.shipping AS shop_shipping, h.tax AS shop_tax, h.promotion AS shop_promotion,
        h.refund AS shop_refund, h.total AS shop_total, h.units AS shop_units
    FROM amazon.orders AS a
    JOIN shop AS h ON h.order_ref = a.amazon_order_id
    JOIN paid AS p ON p.region = a.region AND p.currency = coalesce(a.currency, h.currency)
    WHERE a.channel_name = 'AMAZON'
      AND a.status IN ('SHIPPED', 'PARTIALLY_SHIPPED')
      AND a.created_at >= p.settled_since
      AND h.total <> 0
      AND NOT EXISTS (SELECT 1 FROM settled AS s WHERE s.order_ref = a.amazon_order_id)
    QUALIFY row_number() OVER (PARTITION BY a.amazon_order_id ORDER BY h.shopify_order_id) = 1
),
compared AS (
    SELECT * FROM with_settlement
    UNION ALL
    SELECT * FROM without_settlement
)
SELECT
    *,
    EXISTS (
        SELECT 1 FROM amazon.transactions AS t WHERE t.amazon_order_id = compared.order_ref AND t.status = 'DEFERRED'
    ) AS is_deferred
FROM compared
WHERE NOT (
    in_shop AND is_settled AND currency = shop_currency AND unmapped = 0 AND units = shop_units
    AND goods = shop_goods AND shipping = shop_shipping AND tax = shop_tax AND promotion = shop_promotion
    AND refund = shop_refund AND goods + shipping + tax + promotion + refund = shop_total
)
ORDER BY region, order_ref, currency
