"""Reporting version 3: asking for reports, looking after them, cancelling them.

Source: Amazon Ads API, "Reporting version 3"; the texts of its refusals are those that people quote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from entrypoints.simulator.ads.api import REPORTS, Call, Operation
from entrypoints.simulator.ads.archive import Archive
from entrypoints.simulator.ads.campaigns import DSP
from entrypoints.simulator.ads.desk import AdReport, Wish
from entrypoints.simulator.ads.errors import AdsError, reporting
from entrypoints.simulator.ads.people import Profile
from entrypoints.simulator.ads.report_kinds import KINDS, ReportKind
from entrypoints.simulator.moments import from_ms, iso

_REQUIRED = ("adProduct", "reportTypeId", "groupBy", "columns", "timeUnit", "format")
_MOST_ADVERTISERS = 100


@dataclass(frozen=True)
class Reporting:
    """The operations of reports."""

    archive: Archive

    def create(self, call: Call) -> Any:
        wish = self._wish(call)
        report, is_new = self.archive.desk.take(wish, call.now_ms)
        if not is_new:
            raise AdsError(425, f"The Request is a duplicate of : {report.id}")
        return self._told(report, call)

    def get(self, call: Call) -> Any:
        return self._told(self._found(call), call)

    def delete(self, call: Call) -> Any:
        report = self._found(call)
        told = self._told(report, call)
        if not self.archive.desk.cancel(report, call.now_ms):
            raise AdsError(400, f"Report {report.id} is not in PENDING status and can not be cancelled.")
        return told | {"status": "CANCELLED"}

    def _found(self, call: Call) -> AdReport:
        report = self.archive.desk.find(call.path["reportId"], call.now_ms)
        if report is None or report.wish.owner != _owner(call):
            raise AdsError(404, f"Report {call.path['reportId']} not found.")
        return report

    def _told(self, report: AdReport, call: Call) -> dict[str, Any]:
        wish, now_ms = report.wish, call.now_ms
        status = report.status(now_ms)
        is_over, is_done = now_ms >= report.ended_ms, status == "COMPLETED"
        address = self.archive.address(report, call.base_url, now_ms) if is_done else None
        changed_ms = (
            report.ended_ms if is_over else report.started_ms if status == "PROCESSING" else report.created_ms
        )
        return {
            "reportId": report.id,
            "status": status,
            "name": wish.body.get("name"),
            "startDate": wish.days[0].isoformat(),
            "endDate": wish.days[1].isoformat(),
            "configuration": {"filters": None, **wish.body["configuration"]},
            "createdAt": iso(report.created_ms),
            "updatedAt": iso(changed_ms),
            "generatedAt": iso(report.ended_ms) if is_done else None,
            "fileSize": self.archive.size(report) if address else None,
            "url": address and address[0],
            "urlExpiresAt": address and address[1],
            "failureReason": report.reason if is_over else None,
        }

    def _wish(self, call: Call) -> Wish:
        """Raises AdsError: what Amazon would refuse."""
        body = call.body
        if not isinstance(body, dict) or not isinstance(body.get("configuration"), dict):
            raise AdsError(400, "configuration must not be null")
        wanted = body["configuration"]
        for name in _REQUIRED:
            if not wanted.get(name):
                raise AdsError(400, f"configuration {name} must not be null or empty")
        kind = KINDS.get(str(wanted["reportTypeId"]))
        if kind is None or kind.ad_product != wanted["adProduct"]:
            raise AdsError(
                400, f"configuration reportTypeId is not valid for {wanted['adProduct']}. {_OF_KINDS}"
            )
        _among(wanted, "timeUnit", ("DAILY", "SUMMARY"))
        _among(wanted, "format", ("GZIP_JSON",))
        profile = self._profile(call, kind)
        group_by, summary = _texts(wanted, "groupBy"), wanted["timeUnit"] == "SUMMARY"
        _check("groupBy", group_by, tuple(kind.groups))
        columns = _texts(wanted, "columns")
        _check("columns", columns, kind.allowed(group_by, summary))
        filters = _filters(wanted, kind, group_by)
        return Wish(
            owner=_owner(call),
            profile=profile,
            kind=str(wanted["reportTypeId"]),
            days=_days(body, kind, profile, call.now_ms),
            group_by=group_by,
            columns=columns,
            summary=summary,
            filters=filters,
            advertiser_ids=self._advertisers(call, kind, dict(filters).get("advertiserId")),
            body=body,
        )

    def _profile(self, call: Call, kind: ReportKind) -> Profile:
        """In whose name: sponsored ads want no agency, and DSP wants nothing else."""
        if call.profile is None:
            lent = self.archive.directory.lent_advertisers()
            if kind.ad_product != DSP or call.account_id not in {each.id for each in lent}:
                raise AdsError(401, f"Not authorized to access account {call.account_id}")
            return next(each for each in self.archive.directory.everybody.profiles if each.type == "agency")
        if kind.ad_product == DSP and call.profile.type != "agency":
            raise AdsError(400, "Invalid Advertiser or Marketplace ID.")
        if kind.ad_product != DSP and call.profile.type == "agency":
            raise AdsError(400, "Advertiser ID cannot be decrypted")
        return call.profile

    def _advertisers(self, call: Call, kind: ReportKind, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
        if kind.ad_product != DSP:
            return ()
        if call.profile is None:
            mine: tuple[str, ...] = (str(call.account_id),)
        else:
            mine = tuple(each.id for each in self.archive.directory.advertisers(call.profile))
        if wanted is not None and len(wanted) > _MOST_ADVERTISERS:
            raise AdsError(400, f"advertiserId takes up to {_MOST_ADVERTISERS} values")
        if not set(wanted or ()) <= set(mine):
            raise AdsError(400, "Invalid Advertiser or Marketplace ID.")
        return mine if wanted is None else wanted


_OF_KINDS = f"Allowed values: ({', '.join(KINDS)})"


def _owner(call: Call) -> str:
    return str(call.account_id) if call.profile is None else str(call.profile.id)


def _among(wanted: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    if wanted[name] not in allowed:
        raise AdsError(400, f"configuration {name} is not valid. Allowed values: ({', '.join(allowed)})")


def _texts(wanted: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = wanted[name]
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise AdsError(400, f"configuration {name} must be a list of strings")
    return tuple(values)


def _check(name: str, values: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    wrong = [each for each in values if each not in allowed]
    if wrong:
        raise AdsError(
            400,
            f"configuration {name} includes invalid values: ({', '.join(wrong)}). "
            f"Allowed values: ({', '.join(allowed)})",
        )


def _filters(
    wanted: Mapping[str, Any], kind: ReportKind, group_by: tuple[str, ...]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    given = wanted.get("filters") or []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise AdsError(400, "configuration filters must be a list of filters")
    # A filter has to be one of every group's.
    known = [kind.filters.get(group, {}) for group in group_by]
    found = []
    for each in given:
        name = str(each.get("field"))
        values = _texts({"filters": each.get("values")}, "filters")
        if not all(name in group for group in known):
            raise AdsError(400, f"configuration filters includes invalid values: ({name}).")
        if known[0][name]:
            _check(f"filters {name}", values, known[0][name])
        found.append((name, values))
    return tuple(found)


def _days(body: Mapping[str, Any], kind: ReportKind, profile: Profile, now_ms: int) -> tuple[date, date]:
    days = []
    for name in ("startDate", "endDate"):
        try:
            days.append(date.fromisoformat(str(body.get(name))))
        except ValueError as error:
            raise AdsError(400, f"{name} must be a date of the form YYYY-MM-DD") from error
    first, last = days
    today = from_ms(now_ms).astimezone(ZoneInfo(profile.zone_name)).date()
    if first > last:
        raise AdsError(400, "startDate must not be after endDate")
    if last > today:
        raise AdsError(400, "endDate must not be in the future")
    if (last - first).days >= kind.longest_days:
        raise AdsError(400, f"The date range must not exceed {kind.longest_days} days")
    if first < today - timedelta(days=kind.retention_days):
        raise AdsError(400, f"startDate must be within the last {kind.retention_days} days")
    return first, last


_V3 = "application/vnd.{}asyncreport{}.v3+json"


def operations(archive: Archive) -> tuple[Operation, ...]:
    """``/reporting/reports``. Amazon takes plain JSON for the request, too, which clients in the field send."""
    desk = Reporting(archive)
    one = "/reporting/reports/{reportId}"
    return (
        Operation(
            "ads.createReport",
            "POST",
            "/reporting/reports",
            desk.create,
            reporting,
            takes=(_V3.format("create", "request"), "application/json"),
            gives=(_V3.format("create", "response"), "application/json"),
            scope="account",
            unparsable=422,
            plan=REPORTS,
            says_when=False,
        ),
        Operation(
            "ads.getReport",
            "GET",
            one,
            desk.get,
            reporting,
            gives=(_V3.format("get", "response"), "application/json"),
            scope="account",
        ),
        Operation(
            "ads.deleteReport",
            "DELETE",
            one,
            desk.delete,
            reporting,
            gives=(_V3.format("delete", "response"), "application/json"),
            scope="account",
        ),
    )
