"""Schedules: reports of the Ads API time and again."""

from datetime import date
from typing import Annotated
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator, Field
from pydantic.config import JsonDict

from domain.ads.reports import Schedule, ScheduleId
from domain.ads.schedule_desk import LONGEST_NAME, MOST_EVERY_DAYS, ScheduleChange, ScheduleWish
from entrypoints.http import paging
from entrypoints.http.ads_report_shapes import AdsRequestAnswer, request_json
from entrypoints.http.ads_reports import CANNOT_ASK, AdsWhatBody, whose, wish_of
from entrypoints.http.answer_types import Uuid, When
from entrypoints.http.context import services, user
from entrypoints.http.described import described, gives, listed, nothing
from entrypoints.http.paging import PageQuery
from entrypoints.http.reading import PRINTED, Body, body, query, read_whole
from entrypoints.http.shapes import moment

bp = Blueprint("ads_schedules", __name__, url_prefix="/api/v1/ads/report-schedules")

#: The days of a schedule's reports are those before each of them.
_ANY_DAY = date(2000, 1, 1)


_NAME_SHOWN: JsonDict = {"pattern": rf"^[{PRINTED} ]*[{PRINTED}][{PRINTED} ]*$"}
_NAME = "To be told from others by; printable."
_DAYS = "So many, the last one yesterday; at most as many as Amazon reports of the type at once."
_EVERY = "After so many days the next one is asked for."
#: What is read first stands last: otherwise the document would not tell the limits.
Days = Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_whole)]
EveryDays = Annotated[int, Field(ge=1, le=MOST_EVERY_DAYS), BeforeValidator(read_whole)]


class ScheduleBody(AdsWhatBody):
    """Which report to ask for again and again."""

    name: str = Field(max_length=LONGEST_NAME, description=_NAME, json_schema_extra=_NAME_SHOWN)
    days: Days = Field(description=_DAYS)
    every_days: EveryDays = Field(default=1, description=_EVERY)


class ScheduleChangeBody(Body):
    """What to change: what is left out, or ``null``, stays."""

    name: str | None = Field(
        default=None, max_length=LONGEST_NAME, description=_NAME, json_schema_extra=_NAME_SHOWN
    )
    days: Days | None = Field(default=None, description=_DAYS)
    every_days: EveryDays | None = Field(default=None, description=_EVERY)
    paused: bool | None = Field(default=None, description="`false`: its turn comes at once.")


class ScheduleAnswer(AdsRequestAnswer):
    """A schedule and when its turn comes."""

    id: Uuid
    name: str
    account_id: Uuid
    days: int
    every_days: int
    paused: bool
    next_at: When | None
    """Null while it is paused."""
    last_report_id: Uuid | None
    created_at: When


_SCHEDULE = {"schedule_id": "The schedule's id."}


@bp.post("")
@described(
    "Advertising reports",
    gives(ScheduleAnswer, "The schedule.", 201),
    body=ScheduleBody,
    example={
        "name": "Campaigns by day",
        "profile_id": "111",
        "report_type": "spCampaigns",
        "ad_product": "SPONSORED_PRODUCTS",
        "time_unit": "DAILY",
        "group_by": ["campaign"],
        "columns": ["date", "campaignId", "clicks", "cost"],
        "days": 7,
        "every_days": 1,
    },
    errors=CANNOT_ASK,
)
def add() -> ResponseReturnValue:
    """Have a report come again and again; the first one is asked for at once.

    400 names every field that Amazon would refuse. 409 for an account that is not synced, and with 100 schedules.
    """
    asked = body(ScheduleBody)
    wish = ScheduleWish(asked.name, wish_of(asked, _ANY_DAY, _ANY_DAY), asked.days, asked.every_days)
    return schedule_json(services().ads_schedules.add(user().id, whose(asked), wish)), 201


@bp.get("")
@described("Advertising reports", listed(ScheduleAnswer, "A page of them."), query=PageQuery)
def schedules() -> ResponseReturnValue:
    """The user's schedules, the newest first."""
    asked = query(PageQuery)
    mark = paging.decode_mark(asked.cursor)
    before = (mark[0], ScheduleId(mark[1])) if mark else None
    found = services().ads_schedules.schedules(user().id, before=before, limit=asked.limit + 1)
    return paging.newest_first(found, asked.limit, lambda each: (each.created_at, each.id), schedule_json)


@bp.get("/<uuid:schedule_id>")
@described("Advertising reports", gives(ScheduleAnswer, "The schedule."), path=_SCHEDULE)
def schedule(schedule_id: UUID) -> ResponseReturnValue:
    """One schedule."""
    return schedule_json(services().ads_schedules.schedule(user().id, ScheduleId(schedule_id)))


@bp.patch("/<uuid:schedule_id>")
@described(
    "Advertising reports",
    gives(ScheduleAnswer, "The schedule as it is now."),
    body=ScheduleChangeBody,
    example={"paused": True},
    path=_SCHEDULE,
)
def change(schedule_id: UUID) -> ResponseReturnValue:
    """Rename a schedule, pause it, or have it come at other times."""
    services().ads_schedules.schedule(user().id, ScheduleId(schedule_id))  # before it is said what is wrong
    asked = body(ScheduleChangeBody)
    wanted = ScheduleChange(asked.name, asked.days, asked.every_days, asked.paused)
    return schedule_json(services().ads_schedules.change(user().id, ScheduleId(schedule_id), wanted))


@bp.delete("/<uuid:schedule_id>")
@described("Advertising reports", nothing("It is gone."), path=_SCHEDULE)
def remove(schedule_id: UUID) -> ResponseReturnValue:
    """Remove a schedule; its reports stay."""
    services().ads_schedules.remove(user().id, ScheduleId(schedule_id))
    return "", 204


def schedule_json(found: Schedule) -> ScheduleAnswer:
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
