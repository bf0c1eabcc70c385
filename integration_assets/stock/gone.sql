-- Grain: one row per variant of those asked about that left the shop, with when it was first missed.
-- Parameters: $variants (list of variant ids).
-- A variant counts as gone when two readings of the whole catalogue in a row were without it: one could have failed.
SELECT l.variant_id, max(l.seen_at) AS gone_at
FROM shopify.variants_log AS l
WHERE list_contains($variants, l.variant_id)
GROUP BY l.variant_id
HAVING arg_max(l.change, l.seen_at) = 'gone'
   AND max(l.seen_at) < (SELECT max(f.written_at) FROM meta.freshness AS f WHERE f.table_name = 'shopify.variants')
