"""What the place of a clock says of a workspace that is being opened: its country and its currency. Both can be changed."""

from babel.core import get_global
from babel.numbers import get_territory_currencies
from phonenumbers import SUPPORTED_REGIONS

from .kinds import currencies


def settings_at(zone: str) -> dict[str, str]:
    """{"time_zone", "country", "currency"}; only the zone of a place that is in no country.

    Source: CLDR's territories of zones, also by their former names, and its currencies of territories.
    """
    country = get_global("zone_territories").get(get_global("zone_aliases").get(zone, zone))
    if country not in SUPPORTED_REGIONS:
        return {"time_zone": zone}
    tender = [one for one in get_territory_currencies(country) if one in currencies()]
    return {"time_zone": zone, "country": country} | ({"currency": tender[0]} if tender else {})
