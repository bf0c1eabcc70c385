-- Grain: one row per region account, marketplace and listed SKU, with the variant it stands for and its price.
-- Amounts in the currency of the marketplace; shop_price in the shop's.
-- Parameters: $regions (list of texts), $listed_at (when the listings reports were written), $places and $lists
-- (marketplace ids, and the price list that each takes its prices from).
-- What a single reading shows counts where it is younger than the listings report; the report where no price is read.
SELECT
    l.region,
    l.marketplace_id,
    l.seller_sku,
    m.status,
    m.reason AS map_reason,
    m.variant_id,
    v.price AS shop_price,
    coalesce(v.tags, []) AS tags,
    CASE WHEN o.read_at > $listed_at AND o.price IS NOT NULL THEN o.price ELSE l.price END AS shown,
    CASE WHEN o.read_at > $listed_at AND o.price IS NOT NULL THEN o.read_at ELSE $listed_at END AS shown_at,
    p.last_applied,
    f.price AS list_price,
    f.currency AS list_currency
FROM amazon.listings AS l
LEFT JOIN reconcile.sku_map AS m ON m.region = l.region AND m.seller_sku = l.seller_sku
LEFT JOIN shopify.variants AS v ON v.variant_id = m.variant_id
LEFT JOIN amazon.offers AS o
    ON o.region = l.region AND o.marketplace_id = l.marketplace_id AND o.seller_sku = l.seller_sku
LEFT JOIN reconcile.price_position AS p
    ON p.region = l.region AND p.marketplace_id = l.marketplace_id AND p.seller_sku = l.seller_sku
LEFT JOIN (SELECT unnest($places) AS marketplace_id, unnest($lists) AS list_name) AS d
    ON d.marketplace_id = l.marketplace_id
LEFT JOIN shopify.list_prices AS f ON f.list_name = d.list_name AND f.variant_id = m.variant_id
WHERE list_contains($regions, l.region)
ORDER BY l.region, l.seller_sku, l.marketplace_id
