"""What advertising cost and brought, from what is stored."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import cast

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from domain.errors import InvalidInput
from domain.kpis.advertising import AdsMark
from domain.kpis.performance import PAGED, AdsGroup, AdsQuestion, PerformanceScreen
from entrypoints.http.ads_list_shapes import LISTS, RATIOS, SUMS, listed
from entrypoints.http.ads_shapes import PerformanceAnswer, performance_json
from entrypoints.http.answers import Row, answered, streamed, wants_csv
from entrypoints.http.context import services, user
from entrypoints.http.described import dashboard, described
from entrypoints.http.figure_shapes import CURRENCY, freshness_json, span_json
from entrypoints.http.paging import PageQuery, decode, encode
from entrypoints.http.reading import Day, Named, query

bp = Blueprint("ads_performance", __name__, url_prefix="/api/v1/ads")

_NOT_OURS = "not a cursor of this list"
#: The largest amount that a database keeps.
_LARGEST = 2**63 - 1
#: How many rows of a CSV are added up at once.
_PIECE = 1_000
#: How many texts tell a row of a list from those on which as much was spent.
_NAMES = {AdsGroup.CAMPAIGN: 3, AdsGroup.PRODUCT: 2, AdsGroup.PROFILE: 2}


class PerformanceQuery(PageQuery):
    """Which ads, and by what they are added up."""

    first: Day | None = Field(
        default=None,
        alias="from",
        description="The first day, in the profiles' time zones; 29 days before the last one by default.",
    )
    last: Day | None = Field(
        default=None,
        alias="to",
        description="The last day, included; today by default. At most 800 days.",
    )
    profile_id: Named | None = Field(
        default=None, description="Only this profile or advertiser of DSP, by Amazon's id."
    )
    currency: str | None = Field(
        default=None,
        description="ISO code; by default the profile's, or the default profile's.",
        json_schema_extra=CURRENCY,
    )
    group: AdsGroup | None = Field(
        default=None, description="Only this list; by default all of them, the long ones up to the limit."
    )


@bp.get("/performance")
@described(
    "Dashboards",
    *dashboard(
        PerformanceAnswer,
        "The figures; as CSV, the rows of one list, all of them, with their currency.",
        bare=True,
    ),
    query=PerformanceQuery,
    errors=("ads_not_connected", "not_found"),
)
def performance() -> ResponseReturnValue:
    """What advertising cost and brought in a period; as CSV, the rows of one of its lists.

    From what is stored: Amazon is not asked. Amounts of different currencies are never added up.
    """
    asked = query(PerformanceQuery)
    question = AdsQuestion(
        first=asked.first,
        last=asked.last,
        profile_id=asked.profile_id,
        currency=asked.currency,
        group=asked.group,
        after=_mark(asked),
        limit=asked.limit,
    )
    group = asked.group or AdsGroup.DAY
    columns = (*LISTS[group].columns, *SUMS, *RATIOS, "currency")
    if group in PAGED and wants_csv():
        whole = (_binding(asked, group), "all")
        return streamed("ads-performance", whole, columns, lambda: _all(replace(question, after=None)))
    return answered(
        "ads-performance",
        (asked.model_dump_json(),),
        lambda: services().performance.of(user().id, question),
        lambda screen: _screen_json(asked, question, screen),
        _rows_of(group),
        columns,
        bare=True,
    )


def _screen_json(
    asked: PerformanceQuery, question: AdsQuestion, screen: PerformanceScreen
) -> PerformanceAnswer:
    cursors = {group: _cursor(mark, _binding(asked, group)) for group, mark in screen.onward.items()}
    return performance_json(screen, question.group, cursors)


def _rows_of(group: AdsGroup) -> Callable[[Row], Sequence[Row]]:
    return lambda data: _in(data["currency"], cast(Sequence[Row], data[LISTS[group].name]))


def _in(currency: object, rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of a table, which has its currency nowhere else."""
    return [{**row, "currency": currency} for row in rows]


def _all(question: AdsQuestion) -> tuple[Row, Iterator[Sequence[Row]]]:
    """All rows of a list, piece by piece; and how far they can be trusted, which the first piece says."""
    whose, group = user().id, question.group
    desk = services().performance
    first = desk.of(whose, replace(question, limit=_PIECE))

    def pieces() -> Iterator[Sequence[Row]]:
        screen: PerformanceScreen | None = first
        while screen is not None and group is not None:
            yield _in(screen.scope.currency, listed(screen, group))
            after = screen.onward.get(group)
            screen = None
            if after is not None:
                screen = desk.of(whose, replace(question, limit=_PIECE, after=after))

    scope = first.scope
    return (
        {
            "period": span_json(scope.span),
            "currency": scope.currency,
            **freshness_json(first.known.freshness),
        },
        pieces(),
    )


def _binding(asked: PerformanceQuery, group: AdsGroup) -> str:
    """Tells a list of an answer from all others: a cursor of another one leads nowhere."""
    parts = [str(asked.first), str(asked.last), asked.profile_id, asked.currency, group]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _cursor(mark: AdsMark, bound: str) -> str:
    return encode(bound, str(mark.spend_minor), *mark.names)


def _mark(asked: PerformanceQuery) -> AdsMark | None:
    """The row after which to go on; ``None`` from the begin.

    Raises:
        InvalidInput: the cursor is none of ours, or another question's.
    """
    group = asked.group
    if asked.cursor is None:
        return None
    if group not in PAGED:
        raise InvalidInput({"cursor": f"goes with group={', '.join(each.value for each in PAGED)}"})
    given, spent, *names = decode(asked.cursor, 2 + _NAMES[group])
    if given != _binding(asked, group):
        raise InvalidInput({"cursor": "another list's: begin again after changing what is asked for"})
    try:
        minor = int(spent)
    except ValueError as error:
        raise InvalidInput({"cursor": _NOT_OURS}) from error
    if abs(minor) > _LARGEST or not all(name.isprintable() for name in names):
        raise InvalidInput({"cursor": _NOT_OURS})
    return AdsMark(minor, tuple(names))
