"""Sellers v1: which marketplaces the token's account takes part in."""

from __future__ import annotations

from sandbox.amazon.call import Answer, Call
from sandbox.amazon.marketplaces import BY_ID

COUNTRY_CODES = {"UK": "GB"}


def get_marketplace_participations(call: Call) -> Answer:
    """The marketplaces of the account, each with whether it may sell there."""
    places = [BY_ID[each] for each in call.account.marketplace_ids]
    payload = [
        {
            "marketplace": {
                "id": place.id,
                "name": place.name,
                "countryCode": COUNTRY_CODES.get(place.country, place.country),
                "defaultCurrencyCode": place.currency,
                "defaultLanguageCode": place.language,
                "domainName": f"www.{place.name.lower()}",
            },
            "participation": {"isParticipating": True, "hasSuspendedListings": False},
            "storeName": call.world.shop.name,
        }
        for place in places
    ]
    return Answer({"payload": payload})
