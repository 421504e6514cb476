"""The controls of the Ads API, below ``/simulator/ads/``; Amazon has nothing like them.

==============================  ==============================================================================
``GET people``                  who can log in: id, name
``POST authorize``              ``{"person_id"?}`` → ``{"refresh_token"}``, consent without a browser
``POST revoke``, ``restore``    ``{"person_id"?}``: every consent given so far ends · is good again
``GET accounts``                ``?person_id=``: how many accounts, profiles and advertisers a person sees, and their ids
``POST size``                   ``{"accounts"?, "profiles"?, "advertisers"?}``: there are at least so many from now on
``POST accounts/hide``          ``{"ids"}``: accounts, profiles or advertisers that are not told of any more
``POST accounts/show``          ``{"ids"?}``: they are told of again
``POST accounts/rename``        ``{"id", "name"}``
``POST restate``                ``{"profile_id", "day"}``: the day's figures change now (also an advertiser's id)
``GET truth``                   ``?profile_id= | advertiser_id=&from=&to=&products=``: see ``truth``
``POST reports/fate``           ``{"fate", "times"?}``: the next reports end as ``FAILED``
``POST reports/hold``           ``{"stage"}``: reports wait ``PENDING`` or ``PROCESSING`` until it is null
``POST reports/seconds``        ``{"seconds"}``: how long the reports to come take
``POST reports/documents``      ``{"url_seconds"?, "packed"?, "empty"?}``: how they come
``POST registrations/fate``     ``{"fate", "times"?}``: the next ones are refused, or end unmade
``POST terms/accept``           ``{"terms_token"}``: acceptance without a browser
``POST plans/refill``           every bucket is full again
==============================  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from entrypoints.simulator.ads import desk, registration
from entrypoints.simulator.ads.api import AdsApi
from entrypoints.simulator.ads.config import MOST
from entrypoints.simulator.ads.people import Person, Profile, Size
from entrypoints.simulator.ads.restating import Restatements
from entrypoints.simulator.ads.truth import AdsTruth
from entrypoints.simulator.control_bodies import (
    BadControl,
    Fields,
    day,
    json_body,
    known,
    number,
    texts,
    whole,
)
from entrypoints.simulator.moments import from_ms, to_ms

_DAY_SECONDS = 86_400
_TRUTH = ("profile_id", "advertiser_id", "from", "to", "products")
_EMPTY = ("array", "null", "mixed")


@dataclass(frozen=True)
class AdsLevers:
    """What the controls pull at."""

    api: AdsApi
    registry: registration.Registry
    restatements: Restatements
    truth: AdsTruth

    def now_ms(self) -> int:
        return to_ms(self.api.config.now())

    def person(self, fields: Fields) -> Person:
        """Raises BadControl: there is no such person."""
        person = self.api.directory.everybody.person(fields.get("person_id"))
        if person is None:
            raise BadControl("person_id must be the id of one of the persons who can log in")
        return person

    def profile(self, profile_id: object) -> Profile:
        """Raises BadControl: there is no such profile."""
        everyone = self.api.directory.everybody.profiles
        found = next((each for each in everyone if str(each.id) == str(profile_id)), None)
        if found is None:
            raise BadControl("profile_id must be the id of one of this simulator's profiles")
        return found


def ads_control_blueprint(levers: AdsLevers) -> Blueprint:
    """All control calls of the Ads API's."""
    blueprint = Blueprint("ads_control", __name__, url_prefix="/simulator/ads")
    blueprint.register_error_handler(BadControl, _refuse)
    _add_people(blueprint, levers)
    _add_directory(blueprint, levers)
    _add_figures(blueprint, levers)
    _add_reports(blueprint, levers)
    _add_registrations(blueprint, levers)
    return blueprint


def _add_people(blueprint: Blueprint, levers: AdsLevers) -> None:
    tokens = levers.api.tokens

    @blueprint.get("/people")
    def people() -> Response:
        persons = levers.api.directory.everybody.persons
        return jsonify(people=[{"id": each.id, "name": each.name} for each in persons])

    @blueprint.post("/authorize")
    def authorize() -> Response:
        person = levers.person(known(json_body(), "person_id"))
        return jsonify(refresh_token=tokens.refresh_token(person.id), person_id=person.id)

    @blueprint.post("/revoke")
    def revoke() -> Response:
        tokens.revocations.revoke(levers.person(known(json_body(), "person_id")).id)
        return Response(status=204)

    @blueprint.post("/restore")
    def restore() -> Response:
        tokens.revocations.restore(levers.person(known(json_body(), "person_id")).id)
        return Response(status=204)

    @blueprint.post("/plans/refill")
    def refill() -> Response:
        levers.api.buckets.refill()
        return Response(status=204)


def _add_directory(blueprint: Blueprint, levers: AdsLevers) -> None:
    directory = levers.api.directory

    @blueprint.get("/accounts")
    def seen() -> Response:
        person = levers.person(request.args)
        profiles = directory.profiles(person)
        agencies = [each for each in profiles if each.type == "agency"]
        advertisers = [each.id for agency in agencies for each in directory.advertisers(agency)]
        return jsonify(
            ads_accounts=[each.id for each in directory.accounts(person)],
            profiles=[
                {
                    "profile_id": str(each.id),
                    "region": each.region,
                    "type": each.type,
                    "view_only": each.view_only,
                }
                for each in profiles
            ],
            advertisers=advertisers,
            lent_advertisers=[each.id for each in directory.lent_advertisers()] if person.sees_all else [],
        )

    @blueprint.post("/size")
    def resize() -> Response:
        names = ("accounts", "profiles", "advertisers")
        body = known(json_body(), *names)
        standing = asdict(directory.everybody.size)
        size = Size(**{name: whole(body, name, 0, MOST, standing[name]) for name in names})
        directory.resize(size)
        return jsonify(asdict(size))

    @blueprint.post("/accounts/hide")
    def hide() -> Response:
        directory.hide(frozenset(texts(known(json_body(), "ids"), "ids")))
        return Response(status=204)

    @blueprint.post("/accounts/show")
    def show() -> Response:
        body = known(json_body(), "ids")
        directory.show(frozenset(texts(body, "ids")) if "ids" in body else None)
        return Response(status=204)

    @blueprint.post("/accounts/rename")
    def rename() -> Response:
        body = known(json_body(), "id", "name")
        if not isinstance(body.get("id"), str) or not isinstance(body.get("name"), str):
            raise BadControl("id and name must be texts")
        directory.rename(body["id"], body["name"])
        return Response(status=204)


def _add_figures(blueprint: Blueprint, levers: AdsLevers) -> None:
    everyone = levers.api.directory

    @blueprint.post("/restate")
    def restate() -> Response:
        body = known(json_body(), "profile_id", "day")
        owner = str(body.get("profile_id"))
        advertisers = {each.id for each in everyone.everybody.advertisers}
        if owner not in advertisers:
            owner = str(levers.profile(owner).id)
        times = levers.restatements.restate(owner, day(body, "day"), levers.now_ms())
        return jsonify(restated=times)

    @blueprint.get("/truth")
    def truth() -> Response:
        fields = known(request.args.to_dict(), *_TRUTH)
        if fields.get("products", "false") not in ("true", "false"):
            raise BadControl("products must be true or false")
        lines = _told(levers, fields)
        return Response((line.encode() for line in lines), content_type="application/x-ndjson")


def _told(levers: AdsLevers, fields: Mapping[str, str]) -> list[str]:
    """One advertiser of DSP, one profile, or every profile with campaigns."""
    at_ms, directory = levers.now_ms(), levers.api.directory
    if "advertiser_id" in fields:
        advertised = {each.id: each for each in directory.everybody.advertisers}
        advertiser = advertised.get(fields["advertiser_id"])
        if advertiser is None:
            raise BadControl("advertiser_id must be the id of one of this simulator's advertisers")
        agencies = [each for each in directory.everybody.profiles if each.type == "agency"]
        agency = advertiser.agency or agencies[0]
        days = _days(fields, agency, at_ms)
        return list(levers.truth.of_advertiser(advertiser, agency, days, at_ms))
    wanted = [levers.profile(fields["profile_id"])] if "profile_id" in fields else directory.advertised()
    products = fields.get("products") == "true"
    return [
        line
        for profile in wanted
        for line in levers.truth.of_profile(profile, _days(fields, profile, at_ms), at_ms, products)
    ]


def _days(fields: Mapping[str, str], profile: Profile, at_ms: int) -> tuple[date, date]:
    """From and to; the last thirty days before today without them."""
    today = from_ms(at_ms).astimezone(ZoneInfo(profile.zone_name)).date()
    last = day(fields, "to") if "to" in fields else today - timedelta(days=1)
    first = day(fields, "from") if "from" in fields else last - timedelta(days=29)
    if first > last:
        raise BadControl("from must not be after to")
    return first, last


def _add_reports(blueprint: Blueprint, levers: AdsLevers) -> None:
    reports = levers.api.reports

    @blueprint.post("/reports/fate")
    def foretell() -> Response:
        body = known(json_body(), "fate", "times")
        reports.foretell(_among(body, "fate", desk.FATES), whole(body, "times", 1, 1000, 1))
        return Response(status=204)

    @blueprint.post("/reports/hold")
    def hold() -> Response:
        body = known(json_body(), "stage")
        stage = None if body.get("stage") is None else _among(body, "stage", desk.STAGES)
        reports.hold(stage, levers.now_ms())
        return Response(status=204)

    @blueprint.post("/reports/seconds")
    def take() -> Response:
        reports.seconds = number(known(json_body(), "seconds"), "seconds", 0, _DAY_SECONDS)
        return Response(status=204)

    @blueprint.post("/reports/documents")
    def form() -> Response:
        body = known(json_body(), "url_seconds", "packed", "empty")
        if "url_seconds" in body:
            number(body, "url_seconds", 0, _DAY_SECONDS)
        if not isinstance(body.get("packed", True), bool):
            raise BadControl("packed must be true or false")
        if "empty" in body:
            _among(body, "empty", _EMPTY)
        reports.form = replace(reports.form, **body)
        return jsonify(asdict(reports.form))


def _add_registrations(blueprint: Blueprint, levers: AdsLevers) -> None:
    @blueprint.post("/registrations/fate")
    def foretell_registrations() -> Response:
        body = known(json_body(), "fate", "times")
        fate = _among(body, "fate", registration.FATES)
        levers.registry.foretell(fate, whole(body, "times", 1, 1000, 1))
        return Response(status=204)

    @blueprint.post("/terms/accept")
    def accept() -> Response:
        body = known(json_body(), "terms_token")
        if not levers.registry.accept(str(body.get("terms_token"))):
            raise BadControl("terms_token must be one that was given and not used")
        return Response(status=204)


def _among(body: Fields, name: str, allowed: tuple[str, ...]) -> str:
    value = body.get(name)
    if value not in allowed:
        raise BadControl(f"{name} must be one of: {', '.join(allowed)}")
    return str(value)


def _refuse(error: BadControl) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400
