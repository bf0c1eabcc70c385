-- Grain: one row per Amazon order whose shipment is late, or about to be; units and instants as both sides tell them.
-- Parameters: $now (instant), $warn_hours, $confirm_minutes, $amazon_ids and $shopify_ids (lists of the same length: the
-- orders that were made or adopted, which need not say themselves where they came from).
-- A package counts as accepted when Amazon shows it under our number, or shows as many units as shipped as the shop does:
-- then somebody has confirmed it in Seller Central. A confirmation of this moment has $confirm_minutes to show.
WITH linked AS (
    SELECT amazon_order_id, min(shopify_order_id) AS shopify_order_id
    FROM (
        SELECT unnest($amazon_ids) AS amazon_order_id, unnest($shopify_ids) AS shopify_order_id
        UNION ALL
        SELECT coalesce(amazon_order_id, source_identifier), shopify_order_id
        FROM shopify.orders
        WHERE coalesce(amazon_order_id, source_identifier) IS NOT NULL AND cancelled_at IS NULL
    )
    GROUP BY amazon_order_id
),
items AS (
    SELECT
        amazon_order_id,
        sum(quantity_unfulfilled) AS unfulfilled,
        sum(quantity_fulfilled) AS fulfilled
    FROM amazon.order_items
    GROUP BY amazon_order_id
),
packages AS (
    SELECT amazon_order_id, max(accepted_at) AS accepted_at
    FROM amazon.order_packages
    GROUP BY amazon_order_id
),
contents AS (
    SELECT fulfillment_id, sum(quantity) AS units
    FROM shopify.fulfillment_lines
    GROUP BY fulfillment_id
),
in_shop AS (
    SELECT
        l.amazon_order_id,
        min(f.created_at) AS shipped_at,
        sum(c.units) AS units,
        min(f.created_at) FILTER (WHERE p.package_reference_id IS NULL) AS unaccepted_since,
        coalesce(
            bool_or(len(f.tracking_numbers) = 0) FILTER (WHERE p.package_reference_id IS NULL), false
        ) AS lacks_tracking
    FROM linked AS l
    JOIN shopify.fulfillments AS f ON f.shopify_order_id = l.shopify_order_id AND f.status = 'SUCCESS'
    LEFT JOIN contents AS c ON c.fulfillment_id = f.fulfillment_id
    LEFT JOIN amazon.order_packages AS p
        ON p.amazon_order_id = l.amazon_order_id
        AND p.package_reference_id = regexp_extract(f.fulfillment_id, '\d+$')
    GROUP BY l.amazon_order_id
),
told AS (
    SELECT amazon_order_id, arg_max(state, decided_at) AS state, arg_max(sent_at, decided_at) AS sent_at
    FROM actions.shipment_confirmation
    GROUP BY amazon_order_id
),
marked AS (
    SELECT amazon_order_id, arg_max(state, decided_at) AS state
    FROM actions.fba_fulfilment
    GROUP BY amazon_order_id
),
judged AS (
    SELECT
        o.amazon_order_id,
        o.region,
        l.shopify_order_id,
        coalesce(o.fulfilled_by, 'MERCHANT') = 'MERCHANT' AS is_ours,
        o.status IN ('UNSHIPPED', 'PARTIALLY_SHIPPED') AS is_open,
        o.status,
        o.last_updated_at,
        o.ship_by_at,
        i.unfulfilled,
        i.fulfilled,
        s.shipped_at,
        CASE WHEN s.units > i.fulfilled THEN s.unaccepted_since END AS unaccepted_since,
        s.lacks_tracking,
        p.accepted_at,
        t.state AS told_state,
        t.state IN ('sent', 'applied') AND t.sent_at > $now - to_minutes($confirm_minutes) AS is_just_told,
        m.state AS marked_state,
        shop.fulfillment_status
    FROM amazon.orders AS o
    JOIN items AS i ON i.amazon_order_id = o.amazon_order_id
    LEFT JOIN linked AS l ON l.amazon_order_id = o.amazon_order_id
    LEFT JOIN shopify.orders AS shop ON shop.shopify_order_id = l.shopify_order_id
    LEFT JOIN in_shop AS s ON s.amazon_order_id = o.amazon_order_id
    LEFT JOIN packages AS p ON p.amazon_order_id = o.amazon_order_id
    LEFT JOIN told AS t ON t.amazon_order_id = o.amazon_order_id
    LEFT JOIN marked AS m ON m.amazon_order_id = o.amazon_order_id
    WHERE o.channel_name = 'AMAZON'
),
found AS (
    SELECT
        *,
        CASE
            WHEN is_ours AND is_open AND unfulfilled > 0
                AND unaccepted_since <= $now - to_minutes($confirm_minutes)
                AND is_just_told IS NOT TRUE THEN 'not_confirmed'
            WHEN is_ours AND is_open AND unfulfilled > 0 AND unaccepted_since IS NULL
                AND ship_by_at <= $now + to_hours($warn_hours) THEN 'not_shipped'
            WHEN is_ours AND status = 'SHIPPED' AND accepted_at > ship_by_at
                AND accepted_at >= $now - INTERVAL 30 DAY THEN 'confirmed_late'
            WHEN NOT is_ours AND status IN ('SHIPPED', 'PARTIALLY_SHIPPED') AND shopify_order_id IS NOT NULL
                AND fulfillment_status NOT IN ('FULFILLED', 'PARTIALLY_FULFILLED')
                AND last_updated_at <= $now - to_minutes($confirm_minutes) THEN 'fba_not_recorded'
        END AS cause
    FROM judged
)
SELECT
    amazon_order_id,
    region,
    shopify_order_id,
    cause,
    CASE WHEN cause IN ('not_shipped', 'not_confirmed') THEN unfulfilled ELSE fulfilled END AS units,
    ship_by_at,
    shipped_at,
    accepted_at,
    CASE WHEN is_ours THEN told_state ELSE marked_state END AS effect_state,
    CASE
        WHEN cause = 'not_confirmed' AND lacks_tracking THEN 'it has no tracking number, which Amazon asks for'
        WHEN cause = 'not_confirmed' AND told_state IS NULL THEN 'nothing was sent yet'
        WHEN cause = 'not_confirmed' AND told_state = 'preview' THEN 'confirmations are only shown, not sent'
        WHEN cause = 'not_confirmed' AND told_state = 'applied' THEN 'Amazon took the confirmation and does not show it yet'
        WHEN cause = 'not_confirmed' AND told_state IN ('sent', 'unknown') THEN 'the confirmation got no answer'
        WHEN cause = 'not_confirmed' THEN 'the confirmation is ' || told_state
        WHEN cause = 'not_shipped' AND shopify_order_id IS NULL THEN 'there is no order for it in Shopify'
        WHEN cause = 'not_shipped' THEN 'Shopify shows nothing of it as shipped that Amazon does not know'
        WHEN cause = 'confirmed_late' THEN 'Amazon took the confirmation after the ship-by time'
        WHEN marked_state IS NULL THEN 'nothing was sent yet'
        WHEN marked_state = 'preview' THEN 'fulfilments are only shown, not made'
        ELSE 'the fulfilment is ' || marked_state
    END AS reason
FROM found
WHERE cause IS NOT NULL
ORDER BY amazon_order_id
