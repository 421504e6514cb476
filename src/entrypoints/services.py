"""What Portside can do, put together: one field per subject, nothing else."""

from dataclasses import dataclass

from domain.connections.catalog import Connections
from domain.connections.consent import Consent
from domain.kpis.dashboards import Dashboards
from domain.operations.housekeeping import Housekeeping
from domain.operations.ports import Probe
from domain.sync.desk import SyncDesk
from domain.sync.run import Runner
from domain.sync.shift import Shift
from domain.tokens.access import AccessTokens
from domain.users.access import Access


@dataclass(frozen=True)
class Services:
    """Everything that blueprints, commands and the scheduler may use."""

    access: Access
    consent: Consent
    connections: Connections
    tokens: AccessTokens
    sync: SyncDesk
    dashboards: Dashboards
    shift: Shift
    runner: Runner
    housekeeping: Housekeeping
    probes: tuple[Probe, ...]
    missing_settings: tuple[str, ...]  # without which no Amazon seller can be connected
