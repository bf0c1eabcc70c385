-- What is left of each SKU after Amazon's fees, its share of the account's fees, refunds and the cost of goods. One row per region account, SKU and currency.
SELECT region, seller_sku, currency, sum(units) AS units, sum(revenue) AS revenue, sum(promotions) AS promotions,
    sum(commission) AS commission, sum(fulfilment) AS fulfilment, sum(other_fees) AS other_fees,
    sum(allocated_fees) AS allocated_fees, sum(refunds) AS refunds, sum(cost_of_goods) AS cost_of_goods,
    sum(margin) AS margin
FROM reconcile.order_margin
WHERE seller_sku <> ''
GROUP BY ALL
ORDER BY margin
