"""How assets are cut into parts that can be made again one by one."""

import dagster as dg

SETTLEMENTS = dg.DynamicPartitionsDefinition(name="settlements")
"""One part per settlement, added as its first report comes in."""
