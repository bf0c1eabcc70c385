"""Every door to the outside, opened from one operating model. Nothing is connected before its first use."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from resources.clock import Clock, clock_from
from resources.operating_model import OperatingModel, load

if TYPE_CHECKING:
    from resources.alerts import Alerts
    from resources.amazon import Amazon
    from resources.ledger import Ledger
    from resources.operating_model_parts.types import Secrets
    from resources.ownership import Gate
    from resources.queues import Queue
    from resources.shopify import Shopify
    from resources.warehouse import Warehouse


class Connections:
    """The clients and stores of one installation. Each is imported and made when it is first asked for.

    Raises ConfigurationError, naming all environment variables that are missing, when a client is asked for. `needs`
    are the dotted keys whose secrets are wanted, all of them by default; `clock` stands in for the model's own.
    """

    def __init__(
        self,
        model: OperatingModel,
        env: Mapping[str, str] = os.environ,
        *,
        needs: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self.model = model
        self._env = env
        self._needs = needs
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what was opened; it opens again at its next use."""
        for name in ("shopify", "amazon", "ledger"):
            if name in self.__dict__:
                self.__dict__[name].close()
        for queue in self.__dict__.get("queues", {}).values():
            queue.close()

    @cached_property
    def secrets(self) -> Secrets:
        """Every secret the operating model names, or those that are needed."""
        return self.model.secrets(self._env, only=self._needs)

    @cached_property
    def clock(self) -> Clock:
        """The wall clock, or the sandbox's in a rehearsal."""
        return self._clock or clock_from(self.model)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        from resources.ledger import Ledger

        return Ledger(self.model.ledger_url(self._env), self.clock)

    @cached_property
    def warehouse(self) -> Warehouse:
        """The warehouse."""
        from resources.warehouse import Warehouse

        return Warehouse(self.model.warehouse_path, self.clock)

    @cached_property
    def shopify(self) -> Shopify:
        """The shop."""
        from resources.shopify import Shopify
        from resources.shopify_parts.access import ShopifyAccess

        shop = self.model.shopify
        return Shopify(
            ShopifyAccess(
                shop=shop.shop,
                url=shop.url,
                api_version=shop.api_version,
                client_id=self.secrets[shop.client_id] if shop.client_id else "",
                client_secret=self.secrets[shop.client_secret] if shop.client_secret else "",
                access_token=self.secrets[shop.access_token] if shop.access_token else "",
            ),
            self.clock,
            gate=self.gate,
            asked_to_wait=lambda operation, seconds: self.ledger.penalise(f"shopify/{shop.shop}", operation, seconds),
        )

    @cached_property
    def gate(self) -> Gate:
        """What both doors ask before they write."""
        from resources.ownership import gate_of

        return gate_of(self.model)

    @cached_property
    def amazon(self) -> Amazon:
        """The region accounts."""
        from resources.amazon import Amazon
        from resources.amazon_parts.access import accesses

        return Amazon(accesses(self.model, self.secrets), self.ledger, self.clock, gate=self.gate)

    @cached_property
    def queues(self) -> Mapping[str, Queue]:
        """The queues on which Amazon tells of changed orders, by region account; only those that are declared."""
        from resources.queues import queue_of

        declared = {region: account.notifications for region, account in self.model.amazon.items()}
        return {region: queue_of(region, settings, self.secrets) for region, settings in declared.items() if settings}

    @cached_property
    def alerts(self) -> Alerts:
        """The channels by which teams are told."""
        from resources.alerts import Alerts

        return Alerts(self.model, self.secrets, self.clock)

    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets that may sign a webhook: two while one is being replaced."""
        return tuple(self.secrets[ref] for ref in self.model.shopify.webhook_secrets())


def connect(path: Path | None = None) -> Connections:
    """Read the operating model and stand ready. ConfigurationError tells what is wrong with it."""
    return Connections(load(path))
