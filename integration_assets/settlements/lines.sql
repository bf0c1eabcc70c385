-- Grain: one row per line of a settlement file, in the shape of amazon.settlement_lines; amounts in its currency.
-- $stage is the typed file; $kinds tells each triple's bucket, $places each marketplace name's time zone;
-- $timezone and $last_day stand in where a line names no marketplace or no day.
WITH kinds AS (
    SELECT unnest($kinds, recursive := true)
),

places AS (
    SELECT unnest($places, recursive := true)
),

lines AS (
    SELECT
        l.*,
        k.bucket,
        k.about,
        coalesce(p.timezone, $timezone) AS timezone,
        k.bucket IN ('reserve', 'transfer') AS moved,
        coalesce(p.is_multi_channel, false) OR coalesce(regexp_full_match(l.order_id, 'S\d{2}-.+'), false)
            AS multi_channel
    FROM read_parquet($stage, file_row_number = true) AS l
    JOIN kinds AS k
        ON k.transaction_type = l.transaction_type
        AND k.amount_type = l.amount_type
        AND k.amount_description = l.amount_description
    LEFT JOIN places AS p ON p.marketplace_name = l.marketplace_name
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
    file_row_number + CAST($first_line AS BIGINT) AS line_number,
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
    posted_at AT TIME ZONE 'UTC' AS posted_at,
    coalesce(
        CAST(timezone(timezone, posted_at AT TIME ZONE 'UTC') AS DATE),
        posted_day,
        CAST($last_day AS DATE)
    ) AS posted_on
FROM placed
