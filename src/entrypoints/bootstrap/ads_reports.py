"""Reports of the Ads API: where users ask for them, and the chores that bring them."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.ads.addresses import AdsAddresses
from adapters.ads.call import AdsCalls
from adapters.ads.reports import AmazonAdsReports
from adapters.ads.wire.report_figures import AdsRows
from domain.ads.report_desk import AdsReportDesk
from domain.ads.report_following import Following
from domain.ads.report_planning import Planning
from domain.ads.report_schedules import Schedules
from domain.ads.schedule_desk import ScheduleDesk
from domain.sync.chores import Chore
from entrypoints.bootstrap.ground import Ground


@dataclass(frozen=True)
class AdsReporting:
    """The desks, and the chores in the order in which they are done."""

    reports: AdsReportDesk
    schedules: ScheduleDesk
    chores: tuple[Chore, ...]


def ads_reporting_on(ground: Ground, ads: AdsCalls, addresses: AdsAddresses) -> AdsReporting:
    """Asks nobody yet."""
    work, look, clock, settings = ground.work, ground.look, ground.clock, ground.settings
    channel = AmazonAdsReports(ads, ground.outbound, addresses)
    poll = timedelta(seconds=settings.report_poll_seconds)
    return AdsReporting(
        reports=AdsReportDesk(work, look, clock),
        schedules=ScheduleDesk(work, look, clock),
        chores=(
            Following(channel, AdsRows(), look, poll),
            Schedules(look),
            Planning(look, timedelta(days=settings.retention_days)),
        ),
    )
