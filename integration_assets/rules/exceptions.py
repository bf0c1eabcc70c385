"""The catalogue of exceptions: what each kind means, who mends it, how, and when it closes by itself.

Alerts, the operator page, the runbook and the asset checks are made from it. Raise one with the facts its sentence
names; the sentence is written for somebody who has never seen the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from integration_assets.rules.exception_kinds import (
    content,
    drift,
    fba,
    fulfilment,
    money,
    notifications,
    orders,
    prices,
    service,
    stock,
    watch,
)
from integration_assets.rules.exception_kinds.kind import ExceptionKind

_KINDS: Final = (
    *stock.KINDS,
    *orders.KINDS,
    *fulfilment.KINDS,
    *drift.KINDS,
    *money.KINDS,
    *fba.KINDS,
    *prices.KINDS,
    *content.KINDS,
    *service.KINDS,
    *watch.KINDS,
    *notifications.KINDS,
)

CATALOGUE: Final[Mapping[str, ExceptionKind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
