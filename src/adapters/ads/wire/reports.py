"""Reporting v3 ↔ domain.

Source: Amazon Ads API, "Reporting version 3".
"""

from collections.abc import Mapping
from datetime import date

from adapters.ads.wire.reading import of_ads
from adapters.amazon.wire.reading import required_text, text, wrong
from domain.ads.accounts import Account, AccountType
from domain.ads.reports import AdProduct, AdsLook, AdsReportRequest, TimeUnit

_ADVERTISER = "advertiserId"


def meant_for(account: Account, request: AdsReportRequest) -> AdsReportRequest:
    """The request as it goes out: of an agency's advertisers, only the one that is meant."""
    is_seen_through_agency = account.found.agency_profile_id is not None
    if account.found.type is not AccountType.DSP_ADVERTISER or not is_seen_through_agency:
        return request
    others = tuple(each for each in request.filters if each[0] != _ADVERTISER)
    filters = (*others, (_ADVERTISER, (account.found.amazon_id,)))
    return AdsReportRequest(**{**request.__dict__, "filters": filters})


def order_for(request: AdsReportRequest) -> dict[str, object]:
    """The body that asks for it."""
    configuration: dict[str, object] = {
        "adProduct": request.ad_product.value,
        "reportTypeId": request.report_type,
        "groupBy": list(request.group_by),
        "columns": list(request.columns),
        "timeUnit": request.time_unit.value,
        "format": "GZIP_JSON",
    }
    if request.filters:
        configuration["filters"] = [
            {"field": name, "values": list(values)} for name, values in request.filters
        ]
    return {
        "name": f"{request.report_type} {request.start} {request.end}",
        "startDate": request.start.isoformat(),
        "endDate": request.end.isoformat(),
        "configuration": configuration,
    }


@of_ads
def report(answer: object) -> AdsLook:
    """A report at Amazon."""
    if not isinstance(answer, Mapping):
        raise wrong("reportId")
    size = answer.get("fileSize")
    return AdsLook(
        amazon_id=required_text(answer, "reportId"),
        status=required_text(answer, "status"),
        request=_request(answer),
        url=text(answer, "url"),
        size=size if isinstance(size, int) else None,
        failure_reason=text(answer, "failureReason"),
    )


def _request(answer: Mapping[str, object]) -> AdsReportRequest | None:
    """What it is about; ``None`` where that can't be read."""
    told = answer.get("configuration")
    if not isinstance(told, Mapping):
        return None
    try:
        return AdsReportRequest(
            ad_product=AdProduct(told["adProduct"]),
            report_type=str(told["reportTypeId"]),
            start=date.fromisoformat(str(answer["startDate"])[:10]),
            end=date.fromisoformat(str(answer["endDate"])[:10]),
            time_unit=TimeUnit(told["timeUnit"]),
            group_by=tuple(map(str, told["groupBy"])),
            columns=tuple(map(str, told["columns"])),
            filters=tuple(
                (str(each["field"]), tuple(map(str, each["values"]))) for each in told.get("filters") or ()
            ),
        )
    except (KeyError, TypeError, ValueError):
        return None
