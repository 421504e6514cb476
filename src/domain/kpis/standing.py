"""What is connected, and how far each connection's data have come: the ground that all figures stand on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.connections.model import Connection, ConnectionStatus, Provider
from domain.kpis.model import Freshness
from domain.sync.model import Resource


@dataclass(frozen=True)
class Standing:
    """A connection, and how far each of its resources has come; one that was never due is not named."""

    connection: Connection
    resources: Mapping[Resource, Freshness]


def connections_of(standings: Sequence[Standing], provider: Provider) -> list[Connection]:
    """The connections to this provider, in the same order."""
    return [each.connection for each in standings if each.connection.provider is provider]


def connected_now(standings: Sequence[Standing]) -> frozenset[Provider]:
    """The providers that tell more: calls may be made in the name of a connection to each."""
    return frozenset(each.connection.provider for each in standings if each.connection.status.usable)


def freshness(standings: Sequence[Standing], resource: Resource) -> Freshness:
    """How far a resource can be trusted: over the connections that are not disconnected, or all when every one is.

    As of the oldest of their last good syncs; complete until the oldest of the moments up to which they are, which
    nobody knows as long as it is unknown for any of them.
    """
    return oldest([each.resources.get(resource, NEVER) for each in counting(standings, resource.provider)])


def counting(standings: Sequence[Standing], provider: Provider) -> list[Standing]:
    """The provider's connections that are not disconnected, or all when every one is."""
    owners = [each for each in standings if each.connection.provider is provider]
    alive = [each for each in owners if each.connection.status is not ConnectionStatus.DISCONNECTED]
    return alive or owners


def worst_off(connections: Sequence[Connection]) -> list[Connection]:
    """Those first that need somebody most; equals stay in their order."""
    return sorted(connections, key=lambda each: -_NEED.index(each.status))


def oldest(several: Sequence[Freshness]) -> Freshness:
    """What several figures together can be trusted for."""
    synced: list[datetime] = [each.data_as_of for each in several if each.data_as_of is not None]
    complete = [each.complete_until for each in several if each.complete_until is not None]
    return Freshness(
        min(synced, default=None),
        min(complete) if complete and len(complete) == len(several) else None,
    )


#: How much a connection needs somebody, the least first.
_NEED = (
    ConnectionStatus.CONNECTED,
    ConnectionStatus.DEGRADED,  # it may mend itself
    ConnectionStatus.REAUTHORIZATION_REQUIRED,
    ConnectionStatus.DISCONNECTED,
)
#: Of what was never synced.
NEVER = Freshness(None, None)
