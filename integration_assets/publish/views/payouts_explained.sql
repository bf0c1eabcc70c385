-- Every payout taken apart: on orders, shared out to them, left with the account; unexplained is nothing, or it is not balanced. One row per settlement.
SELECT settlement_id, region, deposit_on, currency, deposit, on_orders, allocated, with_account, unmapped,
    difference AS unexplained, orders, orders_in_shopify, state
FROM reconcile.payouts
ORDER BY deposit_on DESC NULLS LAST
