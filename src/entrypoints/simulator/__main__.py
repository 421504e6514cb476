"""``python -m entrypoints.simulator``: the simulated Amazon, with its Shopify, as a process of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from entrypoints.simulator.ads.config import AdsConfig
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.server import SimulatorServer, serve_forever


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes. Returns 0 then, 2 for wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        config = SimulatorConfig(
            seed=options.seed,
            orders_per_day=options.orders_per_day,
            history_days=options.history_days,
            sku_count=options.skus,
            seller_count=options.sellers,
            rate_factor=options.rate_factor,
            latency_ms=options.latency_ms,
            withheld_roles=tuple(options.without_role),
            report_seconds=options.report_seconds,
            data_until=options.data_until,
            app_is_draft=options.draft,
            redirect_uris=tuple(options.redirect_uri),
            shopify_redirect_uris=tuple(options.redirect_uri),
            bulk_seconds=options.bulk_seconds,
            login_uri=options.login_uri,
            ads=AdsConfig(
                redirect_uris=tuple(options.redirect_uri),
                accounts=options.ads_accounts,
                profiles=options.ads_profiles,
                advertisers=options.dsp_advertisers,
            ),
        )
    except ValueError as error:
        parser.error(str(error))

    def announce(server: SimulatorServer) -> None:
        if options.port_file is not None:
            _write_at_once(options.port_file, str(server.port))
        sys.stderr.write(f"Simulated Amazon on {server.base_url}\n")

    serve_forever(config, options.host, options.port, announce)
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = SimulatorConfig()
    parser = argparse.ArgumentParser(prog="python -m entrypoints.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="write the port there once it answers")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--sellers", type=int, default=defaults.seller_count, help="how many to invent")
    parser.add_argument(
        "--orders-per-day", type=float, default=defaults.orders_per_day, help="of each seller"
    )
    parser.add_argument(
        "--skus", type=int, default=defaults.sku_count, help="products of a seller's main marketplace"
    )
    parser.add_argument("--history-days", type=int, default=defaults.history_days)
    parser.add_argument("--data-until", type=datetime.fromisoformat, help="nothing happens after this moment")
    parser.add_argument("--rate-factor", type=float, default=defaults.rate_factor, help="of every usage plan")
    parser.add_argument("--latency-ms", type=int, default=defaults.latency_ms, help="of every answer")
    parser.add_argument(
        "--without-role", action="append", default=[], help="a role that was not granted, as Pricing"
    )
    parser.add_argument(
        "--report-seconds", type=float, default=defaults.report_seconds, help="to make a report"
    )
    parser.add_argument(
        "--bulk-seconds", type=float, default=defaults.bulk_seconds, help="of a store's bulk operation"
    )
    parser.add_argument("--draft", action="store_true", help="the application is a draft")
    parser.add_argument("--redirect-uri", action="append", default=[], help="register one more")
    parser.add_argument("--login-uri", help="where sellers are sent who begin at Amazon")
    ads = defaults.ads
    parser.add_argument("--ads-accounts", type=int, default=ads.accounts, help="of advertisers, at least")
    parser.add_argument("--ads-profiles", type=int, default=ads.profiles, help="of advertisers, at least")
    parser.add_argument("--dsp-advertisers", type=int, default=ads.advertisers, help="of the agencies")
    return parser


def _write_at_once(path: Path, text: str) -> None:
    """A reader finds the file with all of its text, or no file."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main())
