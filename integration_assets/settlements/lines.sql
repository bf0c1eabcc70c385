-- Grain: one row per line of a settlement file, in the shape of amazon.settlement_lines; amounts in its currency.
-- lines_of_file gives the typed lines of the file; $kinds tells each triple's bucket, $places each marketplace name's
-- time zone and the last day settled, which stands in where a line has no day; the empty name's too. $hours are all
-- hours that lines were posted in: asking the calendar for every line would take twice as long.
WITH kinds AS (
    SELECT unnest(
        CAST($kinds AS STRUCT(
            transaction_type VARCHAR, amount_type VARCHAR, amount_description VARCHAR, bucket VARCHAR, about VARCHAR
        )[]),
        recursive := true
    )
),

hours AS (
    SELECT
        h.marketplace_name,
        h.hour,
        timezone(p.timezone, h.hour AT TIME ZONE 'UTC') - h.hour AS ahead,
        p.is_multi_channel,
        p.last_day
    FROM (
        SELECT unnest(CAST($hours AS STRUCT(marketplace_name VARCHAR, hour TIMESTAMP)[]), recursive := true)
    ) AS h
    JOIN (SELECT unnest($places, recursive := true)) AS p ON p.marketplace_name = h.marketplace_name
),

lines AS (
    SELECT
        l.*,
        k.bucket,
        k.about,
        h.ahead,
        h.last_day,
        k.bucket IN ('reserve', 'transfer') AS moved,
        h.is_multi_channel OR coalesce(l.order_id[1] = 'S' AND regexp_full_match(l.order_id, 'S\d{2}-.+'), false)
            AS multi_channel
    FROM lines_of_file AS l
    JOIN kinds AS k
        ON k.transaction_type = l.transaction_type
        AND k.amount_type = l.amount_type
        AND k.amount_description = l.amount_description
    JOIN hours AS h
        ON h.marketplace_name = coalesce(l.marketplace_name, '')
        AND h.hour = coalesce(date_trunc('hour', l.posted_at), TIMESTAMP 'epoch')
),

placed AS (
    SELECT
        *,
        CASE
            WHEN moved THEN 'account'
            WHEN multi_channel AND coalesce(merchant_order_id, order_id) IS NOT NULL THEN 'mcf_order'
            WHEN regexp_full_match(order_id, '\d{3}-\d{7}-\d{7}') THEN 'order'
            WHEN regexp_full_match(order_id, '(?i:FBA)[0-9A-Za-z]+') THEN 'inbound_shipment'
            WHEN about = 'order' AND order_id IS NOT NULL THEN 'order'
            WHEN about IN ('order', 'sku') AND seller_sku IS NOT NULL THEN 'sku'
            WHEN about IN ('order', 'sku') THEN 'account'
            ELSE about
        END AS belongs_to
    FROM lines
)

SELECT
    $region AS region,
    $settlement_id AS settlement_id,
    CAST($version AS BIGINT) AS version,
    line_number,
    transaction_type,
    amount_type,
    amount_description,
    amount,
    $currency AS currency,
    bucket,
    moved AS is_balance_movement,
    belongs_to,
    CASE belongs_to
        WHEN 'order' THEN order_id
        WHEN 'mcf_order' THEN coalesce(merchant_order_id, order_id)
    END AS order_ref,
    order_id,
    merchant_order_id,
    adjustment_id,
    shipment_id,
    marketplace_name,
    fulfillment_id,
    order_item_code,
    merchant_order_item_id,
    merchant_adjustment_item_id,
    seller_sku,
    quantity,
    promotion_id,
    make_timestamptz(epoch_us(posted_at)) AS posted_at,
    coalesce(
        CAST(posted_at + ahead AS DATE),
        posted_day,
        last_day
    ) AS posted_on
FROM placed
