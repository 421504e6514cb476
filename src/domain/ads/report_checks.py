"""What is wrong with a report that a user wants, found out before Amazon is asked.

Source: Amazon Ads API, "Reporting version 3": what it refuses, and in which words.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.ads.accounts import Account, AccountType, Owner
from domain.ads.columns import DAY, KINDS, SPAN, ReportKind
from domain.ads.reports import AdProduct, AdsReportRequest, TimeUnit

#: What Amazon takes in one filter on advertisers; other filters have fewer values to choose from.
_MOST_VALUES = 100
_MOST_COLUMNS = 200
_NAME = re.compile(r"[A-Za-z0-9]{1,80}")
_VALUE = re.compile(r"[!-~]{1,100}")
_SHOWN = 5


@dataclass(frozen=True)
class AdsReportWish:
    """What a user asks for, as the API has it."""

    report_type: str
    ad_product: str
    start: date
    end: date
    time_unit: str
    group_by: tuple[str, ...]
    columns: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()


def zone_of(account: Account) -> ZoneInfo:
    """The time zone of the account's days; UTC where Amazon names none that we know."""
    try:
        return ZoneInfo(account.found.time_zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def today_of(account: Account, now: datetime) -> date:
    """The account's own day at this moment."""
    return now.astimezone(zone_of(account)).date()


def request_of(wish: AdsReportWish) -> AdsReportRequest:
    """The wish as a request; it has been found to be right."""
    return AdsReportRequest(
        AdProduct(wish.ad_product),
        wish.report_type,
        wish.start,
        wish.end,
        TimeUnit(wish.time_unit),
        tuple(dict.fromkeys(wish.group_by)),
        tuple(dict.fromkeys(wish.columns)),
        tuple((name, tuple(dict.fromkeys(values))) for name, values in wish.filters),
    )


def problems(wish: AdsReportWish, account: Account, now: datetime) -> dict[str, str]:
    """Each field that Amazon would refuse, and why; none when all is well."""
    kind = KINDS.get(wish.report_type)
    if kind is None:
        return {"report_type": f"is none of {', '.join(KINDS)}"}
    found = {
        "ad_product": _bad_product(wish, kind),
        "profile_id": _bad_account(kind, account),
        "time_unit": None if wish.time_unit in set(TimeUnit) else "is neither DAILY nor SUMMARY",
        "group_by": _bad_groups(wish, kind),
        **_bad_days(wish, kind, today_of(account, now)),
    }
    if found["group_by"] is None:
        found["columns"] = _bad_columns(wish, kind)
        found["filters"] = _bad_filters(wish, kind)
    return {name: problem for name, problem in found.items() if problem is not None}


def _bad_product(wish: AdsReportWish, kind: ReportKind) -> str | None:
    if wish.ad_product == kind.ad_product.value:
        return None
    return f"of a {wish.report_type} report is {kind.ad_product.value}"


def _bad_account(kind: ReportKind, account: Account) -> str | None:
    is_dsp = kind.ad_product is AdProduct.DSP
    if account.found.type is AccountType.DSP_ADVERTISER:
        return (
            None
            if is_dsp
            else "is an advertiser of DSP, for whom there are reports of type dspCampaign alone"
        )
    if account.found.type is not AccountType.PROFILE:
        return "is no profile, and no advertiser of DSP"
    is_agency = account.found.owner is Owner.AGENCY
    if is_dsp and not is_agency:
        return "is a seller's or vendor's profile; reports of DSP are for an agency's, or for one of its advertisers"
    if is_agency and not is_dsp:
        return "is an agency's profile, for which there are reports of type dspCampaign alone"
    return None


def _bad_groups(wish: AdsReportWish, kind: ReportKind) -> str | None:
    unknown = [group for group in wish.group_by if group not in kind.groups]
    if unknown or not wish.group_by:
        return f"has to be one or more of {', '.join(kind.groups)}" + _which(unknown)
    return None


def _bad_days(wish: AdsReportWish, kind: ReportKind, today: date) -> dict[str, str | None]:
    oldest = today - timedelta(days=kind.look_back)
    start = end = None
    if wish.end > today:
        end = f"is in the future: it is {today} for this profile"
    if wish.start > wish.end:
        start = "is after end_date"
    elif wish.start < oldest:
        start = f"is too long ago: Amazon keeps {kind.look_back} days of {wish.report_type}, that is from {oldest} on"
    elif (wish.end - wish.start).days >= kind.longest:
        end = f"is more than {kind.longest} days from start_date, the longest that Amazon reports at once"
    return {"start_date": start, "end_date": end}


def _bad_columns(wish: AdsReportWish, kind: ReportKind) -> str | None:
    if not wish.columns or len(wish.columns) > _MOST_COLUMNS:
        return f"have to be 1 to {_MOST_COLUMNS}"
    allowed = kind.allowed(wish.group_by)
    unknown = [
        name
        for name in wish.columns
        if (name not in allowed if allowed is not None else _NAME.fullmatch(name) is None)
    ]
    if unknown:
        names = f"; there are {', '.join(sorted(allowed))}" if allowed else ""
        return (
            f"are not all known to {wish.report_type} by {', '.join(wish.group_by)}{_which(unknown)}{names}"
        )
    if wish.time_unit == TimeUnit.DAILY and DAY not in wish.columns:
        return "lack `date`: without it the rows of a DAILY report can't be told apart"
    if wish.time_unit == TimeUnit.DAILY and set(SPAN) & set(wish.columns):
        return "have startDate or endDate, which go with SUMMARY; a DAILY report has `date`"
    if wish.time_unit == TimeUnit.SUMMARY and DAY in wish.columns:
        return "have `date`, which Amazon refuses with SUMMARY: take startDate and endDate"
    return None


def _bad_filters(wish: AdsReportWish, kind: ReportKind) -> str | None:
    if not wish.filters:
        return None
    if len(wish.group_by) != 1:
        return "go with a single group_by only"
    if len({name for name, _values in wish.filters}) < len(wish.filters):
        return "name a field twice"
    known = kind.filters.get(wish.group_by[0], {})
    for name, values in wish.filters:
        if name not in known:
            there = f"; there are {', '.join(known)}" if known else ""
            return f"can't be on {name[:80]!r} with {wish.report_type} by {wish.group_by[0]}{there}"
        problem = _bad_values(name, values, known[name])
        if problem is not None:
            return problem
    return None


def _bad_values(name: str, values: tuple[str, ...], known: tuple[str, ...]) -> str | None:
    if not 1 <= len(values) <= _MOST_VALUES or not all(_VALUE.fullmatch(value) for value in values):
        return f"on {name} take 1 to {_MOST_VALUES} values"
    unknown = [value for value in values if known and value not in known]
    return f"on {name} take {', '.join(known)}{_which(unknown)}" if unknown else None


def _which(unknown: list[str]) -> str:
    """The first of what can't be, where there is anything."""
    shown = ", ".join(repr(name[:80]) for name in unknown[:_SHOWN])
    return f" (not {shown})" if unknown else ""
