"""Sellers who come from Amazon's page and have to log in first: what Amazon gave them along waits in their session.

It stands in the signed cookie and not in an address, where it would be logged and could be passed on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import session

from domain.connections.appstore import Arrival

#: Where in the session; logging in carries it over.
KEY = "appstore"
LIFE = timedelta(minutes=10)


def keep(arrival: Arrival, now: datetime) -> None:
    """Remember it in this browser."""
    session[KEY] = {
        "uri": arrival.callback_uri,
        "state": arrival.amazon_state,
        "seller": arrival.seller_id,
        "until": (now + LIFE).timestamp(),
    }


def kept(now: datetime) -> Arrival | None:
    """What this browser has brought from Amazon's page, if that was not too long ago."""
    found = session.get(KEY)
    if not isinstance(found, Mapping) or found["until"] <= now.timestamp():
        return None
    return Arrival(found["uri"], found["state"], found["seller"])


def drop() -> None:
    """It has been used."""
    session.pop(KEY, None)
