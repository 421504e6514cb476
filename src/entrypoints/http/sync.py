"""Syncs: ask for one, and see how it goes."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.connections.model import ConnectionId, Provider
from domain.errors import InvalidInput
from domain.sync.model import Resource, RunId, RunStatus
from entrypoints.http import paging
from entrypoints.http.context import services, user
from entrypoints.http.described import described, enveloped, gives, listed
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, Id, body, query
from entrypoints.http.sync_shapes import (
    AskedRunsAnswer,
    RunAnswer,
    SyncAnswer,
    asked_run_json,
    overview_json,
    run_json,
)

bp = Blueprint("sync", __name__)

_TAG = "Sync"


class SyncBody(Body):
    """What to sync: everything of every connection, unless said."""

    connectionId: Id | None = Field(default=None, description="By default all connections.")
    resources: list[Annotated[str, Field(json_schema_extra={"enum": list(Resource)})]] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="By default all; those that a connection has not are passed over.",
    )


class RunsQuery(PageQuery):
    """Which runs."""

    connection_id: UUID | None = None
    resource: Resource | None = None
    status: RunStatus | None = None


@bp.post("/api/v1/integrations/amazon/sync")
@described(
    _TAG,
    enveloped(AskedRunsAnswer, "The runs, new or under way.", 202),
    body=SyncBody,
    example={"resources": ["orders"]},
    body_optional=True,
    errors=(
        *(f"{each.channel}_not_connected" for each in Provider),
        *(f"{each.channel}_reauthorization_required" for each in Provider),
        "not_found",
    ),
)
def request_sync() -> ResponseReturnValue:
    """Make resources due now; a run under way is returned, not doubled."""
    asked = body(SyncBody, optional=True)
    connection_id = ConnectionId(asked.connectionId) if asked.connectionId else None
    runs = services().sync.request(user().id, connection_id, _resources(asked.resources))
    asked_runs: AskedRunsAnswer = {"runs": [asked_run_json(run) for run in runs]}
    return {"success": True, "data": asked_runs}, 202


@bp.get("/api/v1/integrations/amazon/sync")
@described(_TAG, enveloped(SyncAnswer, "The connections that are, or were, synced."))
def overview() -> ResponseReturnValue:
    """Every resource of every connection, what is known of its orders, and what is missing."""
    now = services().sync.clock.now()
    found: SyncAnswer = {
        "connections": [overview_json(each, now) for each in services().overview.of(user().id)]
    }
    return {"success": True, "data": found}


@bp.get("/api/v1/sync/runs")
@described(_TAG, listed(RunAnswer, "The runs."), query=RunsQuery, errors=("not_found",))
def runs() -> ResponseReturnValue:
    """The user's runs, the newest first."""
    asked = query(RunsQuery)
    mark = paging.decode_mark(asked.cursor)
    found = services().sync.runs(
        user().id,
        connection_id=ConnectionId(asked.connection_id) if asked.connection_id else None,
        resource=asked.resource,
        status=asked.status,
        before=(mark[0], RunId(mark[1])) if mark else None,
        limit=asked.limit + 1,
    )
    return paging.newest_first(found, asked.limit, lambda run: (run.created_at, run.id), run_json)


@bp.get("/api/v1/sync/runs/<uuid:run_id>")
@described(_TAG, gives(RunAnswer, "The run."), path={"run_id": "The run's id."})
def run(run_id: UUID) -> ResponseReturnValue:
    """One run."""
    return run_json(services().sync.run(user().id, RunId(run_id)))


def _resources(names: list[str] | None) -> list[Resource]:
    if names is None:
        return list(Resource)
    known = {resource.value for resource in Resource}
    unknown = sorted(set(names) - known)
    if unknown:
        raise InvalidInput({"resources": f"unknown; known are {', '.join(sorted(known))}"})
    return [resource for resource in Resource if resource.value in names]
