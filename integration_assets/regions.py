"""Region accounts are lanes: an outage in one does not hold up the others, and does not go unseen either."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import dagster as dg

from integration_assets.contracts.errors import Denied, InstepError, Throttled, Unavailable
from integration_assets.contracts.table import Table

T = TypeVar("T")
EVERY_REGION_ANSWERED = "every_region_answered"


@dataclass(frozen=True, slots=True)
class Lanes(Generic[T]):
    """What the work came to in each region where it was done, and the error of each where it was not."""

    done: Mapping[str, T]
    failed: Mapping[str, InstepError]

    @property
    def told(self) -> str:
        """What went wrong, by region; empty when nothing did."""
        return "; ".join(f"{region}: {error}" for region, error in self.failed.items())

    def check(self, table: Table[Any]) -> dg.AssetCheckResult:
        """The answer to `region_check`: red while a region account cannot be read, though the others go on."""
        return dg.AssetCheckResult(
            asset_key=table.asset_key,
            check_name=EVERY_REGION_ANSWERED,
            passed=not self.failed,
            description=self.told or "Every region account was read.",
            metadata={"read": sorted(self.done), "failed": sorted(self.failed)},
        )


def region_check(table: Table[Any]) -> dg.AssetCheckSpec:
    """The claim that no region account was left out of a reading. What was known of one that was stays as it is."""
    return dg.AssetCheckSpec(
        EVERY_REGION_ANSWERED,
        asset=table.asset_key,
        description="Every region account was read; of one that was not, the last reading stands.",
    )


def region_check_key(table: Table[Any]) -> dg.AssetCheckKey:
    """The key of a table's `region_check`."""
    return dg.AssetCheckKey(dg.AssetKey(table.asset_key), EVERY_REGION_ANSWERED)


def in_each_region(regions: Iterable[str], work: Callable[[str], T]) -> Lanes[T]:
    """Do the same work for every region, whatever becomes of the others.

    Raises when it came to nothing in all of them: a single error as it is; several as Unavailable when each may be
    over by itself, else as InstepError, naming each region.
    """
    done: dict[str, T] = {}
    failed: dict[str, InstepError] = {}
    for region in sorted(regions):
        try:
            done[region] = work(region)
        except InstepError as error:
            failed[region] = error
    lanes = Lanes(done, failed)
    if failed and not done:
        if len(failed) == 1:
            raise next(iter(failed.values()))
        passing = all(
            isinstance(error, Unavailable | Throttled) and not isinstance(error, Denied) for error in failed.values()
        )
        raise Unavailable(lanes.told) if passing else InstepError(lanes.told)
    return lanes
