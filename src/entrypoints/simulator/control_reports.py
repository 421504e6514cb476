"""Controls of reports: how they end, where they wait, how long they take, how their documents come."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime

from flask import Blueprint, Response, jsonify

from entrypoints.simulator.control_bodies import BadControl, json_body, known, number, whole
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.report_desk import COMPRESSIONS, FATES, STAGES, ReportDesk

_MOST_LINES = 20_000_000
_DAY_SECONDS = 86_400


def add_report_controls(blueprint: Blueprint, reports: ReportDesk, now: Callable[[], datetime]) -> None:
    """``POST reports/…``."""

    @blueprint.post("/reports/fate")
    def foretell() -> Response:
        body = known(json_body(), "fate", "times")
        fate = body.get("fate")
        if fate not in FATES:
            raise BadControl(f"fate must be one of: {', '.join(FATES)}")
        reports.foretell(fate, whole(body, "times", 1, 1000, 1))
        return Response(status=204)

    @blueprint.post("/reports/hold")
    def hold() -> Response:
        body = known(json_body(), "stage")
        stage = body.get("stage")
        if stage is not None and stage not in STAGES:
            raise BadControl(f"stage must be null or one of: {', '.join(STAGES)}")
        reports.hold(stage, to_ms(now()))
        return Response(status=204)

    @blueprint.post("/reports/seconds")
    def take() -> Response:
        reports.seconds = number(known(json_body(), "seconds"), "seconds", 0, _DAY_SECONDS)
        return Response(status=204)

    @blueprint.post("/reports/enlarge")
    def enlarge() -> Response:
        reports.lines = whole(known(json_body(), "lines"), "lines", 0, _MOST_LINES)
        return Response(status=204)

    @blueprint.post("/reports/documents")
    def form() -> Response:
        body = known(json_body(), "compression", "charset", "names_charset", "url_seconds")
        if "compression" in body and body["compression"] not in COMPRESSIONS:
            raise BadControl(f"compression must be one of: {', '.join(COMPRESSIONS)}")
        if body.get("charset") is not None:
            _check_charset(str(body["charset"]))
        if not isinstance(body.get("names_charset", True), bool):
            raise BadControl("names_charset must be true or false")
        if "url_seconds" in body:
            number(body, "url_seconds", 0, _DAY_SECONDS)
        reports.form = replace(reports.form, **body)
        return jsonify(asdict(reports.form))


def _check_charset(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise BadControl(f"charset must be null or the name of an encoding; {name} is none") from error
