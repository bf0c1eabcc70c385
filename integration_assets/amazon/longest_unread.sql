-- Grain: one row per SKU of the region account whose availability ought to be read, the longest unread first.
-- Parameters: $region, $before (instant: what was read earlier is due), $most (SKUs), $turn (changes with every walk).
-- A SKU whose listings report names a channel that the last reading did not show is due at once; so is one that showed
-- several, for somebody may have converted it to one. SKUs that were never
-- read alternate with the others and come in another order at every turn: those that Amazon never answers for cannot
-- keep the rest from theirs.
WITH due AS (
    SELECT l.seller_sku, min(a.read_at) AS read_at
    FROM amazon.listings AS l
    LEFT JOIN amazon.availability AS a ON a.region = l.region AND a.seller_sku = l.seller_sku
    WHERE l.region = $region
      AND (
          a.read_at IS NULL
          OR a.read_at < $before
          OR NOT list_contains(a.fulfillment_channels, l.fulfillment_channel)
          OR len(a.fulfillment_channels) > 1
      )
    GROUP BY l.seller_sku
),
placed AS (
    SELECT
        seller_sku,
        read_at IS NULL AS is_new,
        row_number() OVER (PARTITION BY read_at IS NULL ORDER BY read_at, hash(seller_sku || $turn), seller_sku) AS place
    FROM due
)
SELECT seller_sku
FROM placed
ORDER BY place, is_new DESC
LIMIT $most
