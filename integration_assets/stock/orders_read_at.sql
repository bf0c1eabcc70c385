-- Grain: one row per region account whose Amazon orders were read, with when the last reading was made.
SELECT replace(name, 'amazon.orders/', '') AS region, set_at
FROM meta.cursors
WHERE starts_with(name, 'amazon.orders/')
