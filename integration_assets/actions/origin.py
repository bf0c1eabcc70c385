"""What set an action off, as every one of them is asked: configured by a sensor or schedule, or by a person."""

import dagster as dg


class OriginConfig(dg.Config):
    """What set the work off; kept with every effect."""

    origin: str = "a person in the Dagster UI"
