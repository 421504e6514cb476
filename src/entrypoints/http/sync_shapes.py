"""Syncs as JSON: runs, and how each connection is doing."""

from datetime import datetime

from domain.connections.model import Failure
from domain.ledger.model import Verdict
from domain.sync.model import Progress, Resource, Run, RunStatus
from domain.sync.overview import ConnectionOverview, ResourceOverview
from entrypoints.http.answer_types import Answer, Uuid, When
from entrypoints.http.shapes import FailureAnswer, GapAnswer, failure_json, gap_json, moment


class ProgressAnswer(Answer):
    """How much of a run is done."""

    pages: int
    records: int
    total_estimate: int | None
    """Of records in all; a guess."""
    changed: int
    """Records that were new, or other than what was kept."""


class RunAnswer(Answer):
    """One attempt to bring one resource of one connection up to date."""

    id: Uuid
    connection_id: Uuid
    resource: Resource
    status: RunStatus
    """``waiting``: for a usage plan."""
    progress: ProgressAnswer
    started_at: When | None
    finished_at: When | None
    waiting_until: When | None
    error: FailureAnswer | None


class StateProgressAnswer(Answer):
    """How much of the latest run is done."""

    pages: int
    records: int
    totalEstimate: int | None
    """Of records in all; a guess."""
    changed: int
    """Records that were new, or other than what was kept."""


class StateFailureAnswer(Answer):
    """What a resource failed with, in words."""

    code: str
    """One of the codes that errors have."""
    message: str
    requestId: str | None
    """The channel's id of the request that failed, where it named one."""
    at: When


class AskedRunAnswer(Answer):
    """A run, as the answer to asking for a sync."""

    id: Uuid
    connectionId: Uuid
    resource: Resource
    status: RunStatus


class AskedRunsAnswer(Answer):
    """What asking for a sync came to."""

    runs: list[AskedRunAnswer]
    """One for each connection and resource; those that were under way already are among them."""


class ResourceAnswer(Answer):
    """How the sync of one resource is doing."""

    resource: Resource
    status: RunStatus | None
    """Of the latest run; ``null`` before the first."""
    lastRun: When | None
    """When the latest run ended."""
    nextRun: When | None
    """``null``: it is stopped, or set aside."""
    records: int
    """Of the latest run."""
    cursorAgeSeconds: int | None
    """How long ago it is that everything was known; ``null``: it never was."""
    setAside: StateFailureAnswer | None
    """Since when it is not tried any more, and why."""
    runId: Uuid | None
    """The latest run."""
    progress: StateProgressAnswer | None
    """Of the latest run, while it is under way."""
    waitingUntil: When | None
    """While it waits for a usage plan."""
    error: StateFailureAnswer | None
    """The latest run's."""
    quietRuns: int
    """Good runs in a row that brought nothing new."""
    intervalSeconds: int | None
    """How often it is looked at as things are; ``null``: whenever there is something to do."""


class HistoryAnswer(Answer):
    """How far the history of orders is fetched, slice by slice."""

    slices: int
    done: int
    failed: int
    wantedFrom: When | None
    """Where the history begins that is to be fetched; ``null``: none is."""
    completeFrom: When | None
    """From there on everything is known; ``null``: nothing is yet."""


class DayVerdictsAnswer(Answer):
    """How many days were compared with Amazon's own figures, by what that came to."""

    open: int
    """Not compared yet, or too much was moving while Amazon counted."""
    agrees: int
    gap: int
    """Something is missing; it is fetched again."""
    lasting: int
    """Something is missing, and fetching it again did not help."""


class GapsAnswer(Answer):
    """What is known to be missing."""

    days: DayVerdictsAnswer
    newest: list[GapAnswer]
    """The newest days that are known to lack orders, ten at most."""


class ConnectionSyncAnswer(Answer):
    """How the sync of one connection is doing."""

    connectionId: Uuid
    resources: list[ResourceAnswer]
    history: HistoryAnswer
    gaps: GapsAnswer


class SyncAnswer(Answer):
    """How the sync of all of a user's connections is doing."""

    connections: list[ConnectionSyncAnswer]


def run_json(run: Run) -> RunAnswer:
    """A run with its progress."""
    return {
        "id": str(run.id),
        "connection_id": str(run.connection_id),
        "resource": run.resource,
        "status": run.status,
        "progress": {
            "pages": run.progress.pages,
            "records": run.progress.records,
            "total_estimate": run.progress.total_estimate,
            "changed": run.progress.changed,
        },
        "started_at": moment(run.started_at),
        "finished_at": moment(run.finished_at),
        "waiting_until": moment(run.waiting_until),
        "error": failure_json(run.error),
    }


def asked_run_json(run: Run) -> AskedRunAnswer:
    """A run, as the answer to asking for a sync."""
    return {
        "id": str(run.id),
        "connectionId": str(run.connection_id),
        "resource": run.resource,
        "status": run.status,
    }


def overview_json(overview: ConnectionOverview, now: datetime) -> ConnectionSyncAnswer:
    """How the sync of one connection is doing."""
    history, verdicts = overview.history, overview.verdicts
    return {
        "connectionId": str(overview.connection.id),
        "resources": [_resource(each, now) for each in overview.resources],
        "history": {
            "slices": history.slices,
            "done": history.done,
            "failed": history.failed,
            "wantedFrom": moment(history.oldest_day_wanted),
            "completeFrom": moment(history.complete_back_to),
        },
        "gaps": {
            "days": {
                "open": verdicts.get(Verdict.OPEN, 0),
                "agrees": verdicts.get(Verdict.AGREES, 0),
                "gap": verdicts.get(Verdict.GAP, 0),
                "lasting": verdicts.get(Verdict.LASTING, 0),
            },
            "newest": [gap_json(line) for line in overview.gaps],
        },
    }


def _resource(overview: ResourceOverview, now: datetime) -> ResourceAnswer:
    state, interval = overview.state, overview.interval
    age = None if state.complete_until is None else max(0, int((now - state.complete_until).total_seconds()))
    return {
        "resource": state.resource,
        "status": state.status,
        "lastRun": moment(state.last_run_at),
        "nextRun": moment(state.next_run_at),
        "records": state.records,
        "cursorAgeSeconds": age,
        "setAside": _failure(state.set_aside),
        "runId": str(state.run_id) if state.run_id else None,
        "progress": _progress(state.progress),
        "waitingUntil": moment(state.waiting_until),
        "error": _failure(state.error),
        "quietRuns": state.quiet,
        "intervalSeconds": None if interval is None else int(interval.total_seconds()),
    }


def _progress(progress: Progress | None) -> StateProgressAnswer | None:
    if progress is None:
        return None
    return {
        "pages": progress.pages,
        "records": progress.records,
        "totalEstimate": progress.total_estimate,
        "changed": progress.changed,
    }


def _failure(failure: Failure | None) -> StateFailureAnswer | None:
    if failure is None:
        return None
    return {
        "code": failure.code,
        "message": failure.message,
        "requestId": failure.request_id,
        "at": moment(failure.at),
    }
