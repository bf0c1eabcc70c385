"""Amazon listings, as the merchant listings report tells them for each marketplace."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import chain

import dagster as dg

from integration_assets.contracts.amazon import LISTINGS, Listing
from integration_assets.contracts.errors import BadDocument, Unavailable
from integration_assets.reading import READ_AGAIN, retried_while_passing
from integration_assets.regions import in_each_region, region_check
from integration_assets.shown import as_table, spec_of, told_by_region
from resources.amazon import Amazon
from resources.clock import Clock
from resources.operating_model import OperatingModel
from resources.warehouse import Change, Warehouse


@dg.multi_asset(
    name="amazon_listings",
    specs=[spec_of(LISTINGS, kinds={"amazon"}, fresh_within=timedelta(hours=1))],
    check_specs=[region_check(LISTINGS)],
    retry_policy=READ_AGAIN,
)
@retried_while_passing
def listings(
    amazon: dg.ResourceParam[Amazon],
    warehouse: dg.ResourceParam[Warehouse],
    model: dg.ResourceParam[OperatingModel],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.MaterializeResult[None]]:
    """Ask for a report per marketplace, keep it byte for byte, and write what changed.

    A report is as old as its request: what it says counts from then. A marketplace where nothing was ever listed may
    answer with nothing, or with a cancelled report, as Amazon does then; a region account may not.
    """

    def read(region: str) -> dict[str, Change]:
        account = amazon.account(region)
        changes: dict[str, Change] = {}
        for marketplace in model.marketplaces(region):
            of_marketplace = {"region": region, "marketplace_id": marketplace.marketplace_id}
            may_be_empty = not _ever_listed(warehouse, of_marketplace)
            try:
                document = account.listings_report(marketplace)
            except Unavailable as error:
                if may_be_empty and error.code == "CANCELLED":
                    continue
                raise
            warehouse.archive(
                document.content,
                source="amazon/GET_MERCHANT_LISTINGS_ALL_DATA",
                name=f"{region}-{marketplace.country}-{document.report_id}.txt",
                received_at=clock.now(),
            )
            rows: Iterator[Listing] = iter(account.parse_listings(document, marketplace))
            first = next(rows, None)
            if first is None and may_be_empty:
                continue
            changes[f"{region}/{marketplace.country}"] = warehouse.observe(
                LISTINGS,
                rows if first is None else chain([first], rows),
                seen_at=document.asked_at,
                within=of_marketplace,
                max_shrink_percent=model.breaker.max_shrink_percent,
            )
        if not changes:
            raise BadDocument(
                f"Amazon's listings reports name no listing at all in region account {region}.",
                todo="Nothing was stored. Check its seller_id and marketplaces in the operating model.",
            )
        return changes

    lanes = in_each_region(model.amazon, read)
    changes = {place: change for of_region in lanes.done.values() for place, change in of_region.items()}
    sample = warehouse.rows(LISTINGS, limit=20)
    yield told_by_region(
        LISTINGS,
        lanes,
        rows=int(warehouse.scalar("SELECT count(*) FROM amazon.listings")),
        changed=sum(change.appeared + change.changed + change.gone for change in changes.values()),
        **{f"rows/{place}": change.total for place, change in changes.items()},
        sample=as_table(
            sample, ["region", "marketplace_id", "seller_sku", "fulfillment_channel", "quantity", "status"]
        ),
    )


def _ever_listed(warehouse: Warehouse, of_marketplace: Mapping[str, str]) -> bool:
    if warehouse.written_at(LISTINGS) is None:
        return False
    return bool(warehouse.rows(LISTINGS, "region = ? AND marketplace_id = ?", list(of_marketplace.values()), limit=1))
