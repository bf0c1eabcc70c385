-- What there is of each SKU, what may be promised, what Amazon shows, and why they differ where they do. One row per region account and SKU.
SELECT p.region, p.seller_sku, v.product_title, v.title AS variant_title, p.available, p.held_for_orders, p.presumed_sold,
    p.target, p.shown, p.shown - p.target AS difference, d.cause, d.age_minutes AS out_of_step_minutes, p.verdict, p.reason
FROM reconcile.stock_position AS p
LEFT JOIN reconcile.inventory_drift AS d ON d.region = p.region AND d.seller_sku = p.seller_sku
LEFT JOIN shopify.variants AS v ON v.variant_id = p.variant_id
ORDER BY p.region, p.seller_sku
