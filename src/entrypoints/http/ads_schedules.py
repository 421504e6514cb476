"""Schedules: reports of the Ads API time and again."""

from datetime import date
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.ads.reports import Schedule, ScheduleId
from domain.ads.schedule_desk import ScheduleChange, ScheduleWish
from entrypoints.http import paging
from entrypoints.http.ads_reports import WhatBody, request_json, whose, wish_of
from entrypoints.http.context import services, user
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import Body, body, query
from entrypoints.http.shapes import Json, moment

bp = Blueprint("ads_schedules", __name__, url_prefix="/api/v1/ads/report-schedules")

#: The days of a schedule's reports are those before each of them.
_ANY_DAY = date(2000, 1, 1)


class ScheduleBody(WhatBody):
    """Which report to ask for again and again."""

    name: str = Field(max_length=200)
    days: int = Field(ge=1, le=1000)
    every_days: int = Field(default=1, ge=1, le=31)


class ChangeBody(Body):
    """What to change."""

    name: str | None = Field(default=None, max_length=200)
    days: int | None = Field(default=None, ge=1, le=1000)
    every_days: int | None = Field(default=None, ge=1, le=31)
    paused: bool | None = None


@bp.post("")
def add() -> ResponseReturnValue:
    """Make one; its first report is asked for at once."""
    asked = body(ScheduleBody)
    wish = ScheduleWish(asked.name, wish_of(asked, _ANY_DAY, _ANY_DAY), asked.days, asked.every_days)
    return schedule_json(services().ads_schedules.add(user().id, whose(asked), wish)), 201


@bp.get("")
def schedules() -> ResponseReturnValue:
    """The user's schedules, the newest first."""
    asked = query(PageQuery)
    mark = paging.decode_mark(asked.cursor)
    before = (mark[0], ScheduleId(mark[1])) if mark else None
    found = services().ads_schedules.schedules(user().id, before=before, limit=asked.limit + 1)
    return paging.newest_first(found, asked.limit, lambda each: (each.created_at, each.id), schedule_json)


@bp.get("/<uuid:schedule_id>")
def schedule(schedule_id: UUID) -> ResponseReturnValue:
    """One schedule."""
    return schedule_json(services().ads_schedules.schedule(user().id, ScheduleId(schedule_id)))


@bp.patch("/<uuid:schedule_id>")
def change(schedule_id: UUID) -> ResponseReturnValue:
    """Rename it, pause it, or have it come at other times."""
    services().ads_schedules.schedule(user().id, ScheduleId(schedule_id))  # before it is said what is wrong
    asked = body(ChangeBody)
    wanted = ScheduleChange(asked.name, asked.days, asked.every_days, asked.paused)
    return schedule_json(services().ads_schedules.change(user().id, ScheduleId(schedule_id), wanted))


@bp.delete("/<uuid:schedule_id>")
def remove(schedule_id: UUID) -> ResponseReturnValue:
    """Remove it; its reports stay."""
    services().ads_schedules.remove(user().id, ScheduleId(schedule_id))
    return "", 204


def schedule_json(found: Schedule) -> Json:
    """A schedule and when its turn comes."""
    return {
        "id": str(found.id),
        "name": found.name,
        "account_id": str(found.account_id),
        **request_json(found.request),
        "days": found.days,
        "every_days": found.every_days,
        "paused": found.next_at is None,
        "next_at": moment(found.next_at),
        "last_report_id": None if found.last_report_id is None else str(found.last_report_id),
        "created_at": moment(found.created_at),
    }
