-- Grain: one row per region account and listed SKU.
-- `channels` are all the fulfilment channels Amazon names for it: each report speaks of one marketplace only, the
-- reading of the account. Where they disagree the SKU is read again at once, so an old word does not stay for long.
SELECT
    l.region,
    l.seller_sku,
    min(l.asin) AS asin,
    list_distinct(list(l.fulfillment_channel) || coalesce(any_value(a.fulfillment_channels), [])) AS channels
FROM amazon.listings AS l
LEFT JOIN amazon.availability AS a ON a.region = l.region AND a.seller_sku = l.seller_sku
GROUP BY l.region, l.seller_sku
ORDER BY l.region, l.seller_sku
