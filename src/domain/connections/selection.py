"""Which of a seller's marketplaces are synced: those that the user chose, of those that Amazon names."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.connections.model import Connection
from domain.connections.work import ConnectionWork
from domain.marketplaces import MARKETPLACES, Region, find
from domain.sync.model import Resource

log = logging.getLogger(__name__)


def unfit(marketplace_ids: Sequence[str], region: Region | None = None) -> str | None:
    """Why these can't be the marketplaces of one connection (of this region, when given); ``None``: they can."""
    unknown = [one for one in marketplace_ids if find(one) is None]
    if unknown:
        known = ", ".join(f"{m.country_code} {m.id}" for m in MARKETPLACES.values())
        return f"unknown marketplace; known are {known}"
    regions = {MARKETPLACES[one].region for one in marketplace_ids}
    if not regions:
        return "names no marketplace; name at least one"
    if len(regions) > 1:
        return "are of several regions; a connection is for one: make one for each"
    if region is not None and regions != {region}:
        return f"are not of region {region.value}"
    return None


def selected(connection: Connection) -> Connection:
    """The connection, with the marketplaces that follow from what was chosen and what Amazon named."""
    ids = _synced(connection)
    home = connection.marketplace_id
    if home not in ids:
        home = next((one for one in connection.chosen_ids or () if one in ids), ids[0])
    return replace(connection, marketplace_ids=ids, marketplace_id=home)


def follow(work: ConnectionWork, now: datetime, before: Connection, after: Connection) -> None:
    """What is stored follows the choice: stock of marketplaces that are no longer synced is not listed any more.

    A listing under way is given up, since it may be just there; marketplaces that come back are listed afresh.
    Marketplaces that come in have a history, which is planned at once.
    """
    if set(after.marketplace_ids) - set(before.marketplace_ids):
        work.sync.due_now(after.id, Resource.REPORTS, now)
    if set(before.marketplace_ids) - set(after.marketplace_ids):
        work.stock.unlist_elsewhere(after.id, after.marketplace_ids)
        work.sync.restart(after.id, Resource.INVENTORY, now)


def _synced(connection: Connection) -> tuple[str, ...]:
    chosen, named = connection.chosen_ids, connection.participating_ids
    if chosen is None:
        return tuple(sorted(named)) or connection.marketplace_ids
    if not named:
        return tuple(sorted(chosen))
    both = set(chosen) & set(named)
    if not both:
        log.warning(
            "the seller participates in none of the chosen marketplaces; they are asked for all the same",
            extra={"connection_id": str(connection.id)},
        )
    return tuple(sorted(both or chosen))
