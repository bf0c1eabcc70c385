"""The doctor's checks of the two shops: credentials, permissions, places, webhooks, allowances, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.health import BriskClock, Check, FreeTurns, Line, Patient, failed, from_error
from cli.health_notifications import notifications
from cli.output import ago, counted
from integration_assets.contracts.errors import ConfigurationError, InstepError, RemoteError

if TYPE_CHECKING:
    from integration_assets.contracts.shopify import Location
    from resources.amazon import AmazonAccount
    from resources.operating_model import OperatingModel
    from resources.shopify import Shopify

SHOPIFY_KEYS = ("shopify.client_id", "shopify.client_secret", "shopify.access_token")
VERSION_LASTS = timedelta(days=365)
"""Shopify serves a version for a year at least."""

VERSION_ENDS_SOON = timedelta(days=90)
PARTICIPATIONS = "getMarketplaceParticipations"
LONG_WAIT_SECONDS = 60.0


def shopify(patient: Patient) -> Iterator[Line]:
    """Everything about the shop; without a token the rest cannot be known."""
    shop = patient.doors(*SHOPIFY_KEYS).shopify
    with shop:
        found = shop.shop()
        yield Line("Shopify token", "ok", f"{found.domain}, {found.name}, {found.currency}, {found.timezone}")
        yield _version(patient)
        for look in (_scopes, _places, _webhooks):
            try:
                yield from look(patient.model, shop)
            except InstepError as error:
                yield from_error(f"Shopify {look.__name__.strip('_')}", error)


def _version(patient: Patient) -> Line:
    """The version that the shop has just answered in, and how long it will."""
    version = patient.model.shopify.api_version
    year, month = map(int, version.split("-"))
    until = datetime(year, month, 1, tzinfo=UTC) + VERSION_LASTS
    told = f"{version} is served, until {until:%Y-%m-%d} at least"
    if until - patient.now < VERSION_ENDS_SOON:
        return Line(
            "Shopify API version", "warn", told, "Update Instep, then set [shopify] api_version to a newer one."
        )
    return Line("Shopify API version", "ok", told)


def _scopes(model: OperatingModel, shop: Shopify) -> Iterator[Line]:
    from resources.scopes import needed_scopes

    granted = shop.scopes()
    needed = needed_scopes(model)
    missing = [f"{scope} ({features})" for scope, features in needed.items() if scope not in granted]
    if missing:
        told = f"missing: {', '.join(missing)}"
        todo = "Add them to the app's scopes, release a new version of the app, and approve it on the shop."
        yield failed("Shopify scopes", told, todo, is_configuration=True)
    else:
        yield Line("Shopify scopes", "ok", ", ".join(needed))


def _places(model: OperatingModel, shop: Shopify) -> Iterator[Line]:
    from resources.pools import pool_of

    locations = shop.locations()
    try:
        pool = pool_of(model, locations)
        yield Line("MFN pool", "ok", f"{', '.join(sorted(pool.values()))}: there and active")
    except ConfigurationError as error:
        yield from_error("MFN pool", error)
    by_name = {location.name: location for location in locations}
    for region in sorted(model.amazon):
        yield _mirror(model, region, by_name)


def _mirror(model: OperatingModel, region: str, by_name: dict[str, Location]) -> Line:
    check, name = f"FBA location {region}", model.fba_location(region)
    if name is None:
        told = f"none is declared: FBA stock of {region} is seen in the warehouse only"
        return Line(check, "ok", told)
    if name in model.pools.mfn.locations:
        todo = "Take it out of pools.mfn.locations: FBA units would be promised twice."
        return failed(check, f"{name} is in the MFN pool too", todo, is_configuration=True)
    if name not in by_name:
        todo = f"Make it in Shopify, or name one of {sorted(by_name)} as pools.fba.{region}.location."
        return failed(check, f"{name!r} is not a location in Shopify", todo, is_configuration=True)
    if not by_name[name].is_active:
        return failed(check, f"{name} is closed in Shopify", "Open it there again.", is_configuration=True)
    return Line(check, "ok", f"{name}: there, and outside of the MFN pool")


def _webhooks(model: OperatingModel, shop: Shopify) -> Iterator[Line]:
    from cli.setup import DOOR, TOPICS

    public = model.receiver.public_url
    ours = [each for each in shop.webhook_subscriptions() if each.topic in TOPICS and each.uri.endswith(DOOR)]
    places = sorted({each.uri for each in ours})
    wanted = public.rstrip("/") + DOOR if public else (places[0] if places else "")
    if not wanted:
        told = "no receiver is declared: changes are found by the schedule alone, up to 15 minutes late"
        yield Line("webhooks", "warn", told, "Set receiver.public_url, run `instep receive`, then `instep setup`.")
        return
    missing = [topic for topic in TOPICS if not any(each.topic == topic and each.uri == wanted for each in ours)]
    elsewhere = [uri for uri in places if uri != wanted]
    if missing or elsewhere:
        lacks = f"no subscription to {', '.join(missing)} at {wanted}" if missing else ""
        leads = f"some lead to {', '.join(elsewhere)}" if elsewhere else ""
        again = "Run `instep setup`." if public else "Run `instep setup --url ADDRESS` with the receiver's address."
        yield Line("webhooks", "warn", "; ".join(filter(None, (lacks, leads))), again)
    else:
        yield Line("webhooks", "ok", f"{counted(len(TOPICS), 'topic')} to {wanted}")


def amazon(patient: Patient) -> Iterator[Line]:
    """Each region account by itself: one that is out of order says nothing about the others."""
    for region in sorted(patient.model.amazon):
        try:
            yield from _account(patient, region)
        except InstepError as error:
            yield from_error(f"Amazon {region} token", error)


def _account(patient: Patient, region: str) -> Iterator[Line]:
    from resources.amazon import Amazon
    from resources.amazon_parts.access import accesses

    doors = patient.doors(f"amazon.{region}")
    alone = patient.model.model_copy(update={"amazon": {region: patient.model.amazon[region]}})
    access = accesses(alone, doors.secrets)
    wait = _wait_for_turn(patient, access[0].account)
    if wait > LONG_WAIT_SECONDS:
        told = f"not asked: {PARTICIPATIONS} has been called as often as Amazon allows"
        yield Line(f"Amazon {region} token", "warn", told, f"Look again in {ago(wait)}.")
        return
    turns = patient.ledger if patient.ledger is not None and patient.tells_time else FreeTurns()
    with Amazon(access, turns, BriskClock(patient.clock)) as shop:
        yield from _participations(shop.account(region), region)


def _participations(account: AmazonAccount, region: str) -> Iterator[Line]:
    """One call tells both: whether a token is given out, and where its account sells."""
    token, marketplaces = f"Amazon {region} token", f"Amazon {region} sells in"
    try:
        found = account.participations()
    except RemoteError as error:
        if error.operation == "getAccessToken":
            raise
        yield Line(token, "ok", "given out by Login with Amazon")
        yield from_error(marketplaces, error)
        return
    yield Line(token, "ok", "given out by Login with Amazon")
    there = {one.marketplace_id for one in found if one.is_participating}
    missing = [one.country for one in account.marketplaces if one.marketplace_id not in there]
    suspended = sorted(one.country for one in found if one.is_participating and one.has_suspended_listings)
    if missing:
        told = f"the account does not sell in {', '.join(missing)}"
        todo = f"Check amazon.{region} refresh_token and marketplaces in the operating model."
        yield failed(marketplaces, told, todo, is_configuration=True)
    elif suspended:
        told = f"listings are suspended in {', '.join(suspended)}"
        yield Line(marketplaces, "warn", told, "Open Account Health in Seller Central.")
    else:
        yield Line(marketplaces, "ok", ", ".join(one.country for one in account.marketplaces))


def _wait_for_turn(patient: Patient, account: str) -> float:
    levels = patient.ledger.bucket_levels() if patient.ledger is not None and patient.tells_time else []
    return max(
        (level.wait for level in levels if (level.account, level.operation) == (account, PARTICIPATIONS)), default=0.0
    )


def rates(patient: Patient) -> Iterator[Line]:
    """What is left of Amazon's allowances, as all processes of this installation share them."""
    if patient.ledger is None or not patient.tells_time:
        return
    accounts = {f"amazon/{region}/{account.seller_id}": region for region, account in patient.model.amazon.items()}
    levels = [level for level in patient.ledger.bucket_levels() if level.account in accounts]
    if not levels:
        yield Line("Amazon rates", "ok", "nothing has been called yet")
        return
    spent = [level for level in levels if level.wait > LONG_WAIT_SECONDS]
    if spent:
        told = "; ".join(
            f"{accounts[level.account]} {level.operation}: none of {level.burst:g} left, the next in {ago(level.wait)}"
            for level in spent
        )
        todo = "Nothing is lost, calls wait their turn. Where it stays so, run fewer cycles or ask who else calls."
        yield Line("Amazon rates", "warn", told, todo)
        return
    least = min(levels, key=lambda level: level.tokens / level.burst)
    told = f"{int(least.tokens)} of {least.burst:g} calls left of {accounts[least.account]} {least.operation}"
    yield Line("Amazon rates", "ok", f"{counted(len(levels), 'allowance')}; the least: {told}")


def clocks(patient: Patient) -> Iterator[Line]:
    """Whether both sides' clocks agree with ours: what they did and what we saw is put in order by time."""
    from integration_assets.rules.evidence import SKEW
    from resources.clock_skew import seconds_ahead

    if not patient.tells_time:
        return
    places = {"Shopify": patient.model.shopify.url}
    places |= {f"Amazon {region}": account.url for region, account in sorted(patient.model.amazon.items())}
    for place, url in places.items():
        check = f"clock of {place}"
        try:
            ahead = seconds_ahead(url, patient.clock)
        except InstepError as error:
            yield from_error(check, error)
            continue
        if ahead is None:
            yield Line(check, "ok", "not compared: its answers do not tell the time")
            continue
        told = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"
        if abs(ahead) > SKEW.total_seconds():
            yield Line(check, "warn", told, "Let this machine set its clock by NTP.")
        else:
            yield Line(check, "ok", told)


OF_THE_SHOPS: tuple[tuple[str, Check], ...] = (
    ("Shopify token", shopify),
    ("Amazon", amazon),
    ("order changes", notifications),
    ("Amazon rates", rates),
    ("clocks", clocks),
)
