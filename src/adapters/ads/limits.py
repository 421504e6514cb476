"""How fast the Ads API is asked. Amazon publishes no limits, and they change: these plans are ours.

They keep us from haste, and no more: what Amazon bears at the moment its 429s tell, after which we stay away longer
each time. How many reports are asked for is the operator's to say: Amazon lets those ask for more who spend more.

Source: Amazon Ads API, "Rate limiting": limits are dynamic; report creation has tiers of its own, which follow the
length of the region's queue, and its 429 does not say for how long.
"""

from adapters.ads.call import AdsCall
from domain.gateway.model import Operation
from domain.gateway.usage_plans import Growth, UsagePlan

#: Of one connection and operation, at a region's host.
_USUAL = UsagePlan(rate=5.0, burst=20)
_USUAL_GROWTH = Growth(first=2.0, longest=60.0)
CREATION = UsagePlan(rate=2.0, burst=30)
_CREATION_GROWTH = Growth(first=30.0, longest=600.0)
_REPORTS = "/reporting/reports"


def operation_of(call: AdsCall, creation: UsagePlan = CREATION) -> Operation:
    """The call's operation, as the gateway knows operations; ``creation`` is the plan for new reports."""
    creates = call.method == "POST" and call.path == _REPORTS
    return Operation(
        name=call.operation,
        path=call.path,
        plan=creation if creates else _USUAL,
        role="",
        method=call.method,
        repeatable=call.repeatable,
        growth=_CREATION_GROWTH if creates else _USUAL_GROWTH,
    )
