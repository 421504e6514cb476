"""How a dashboard's answer is given: kept, tagged, told in a word to who has it, and as CSV to who wants that."""

from dataclasses import replace

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from domain.errors import NotConnected
from domain.users.model import CONSOLE, UserId
from entrypoints.http.answers import Row, answered
from tests.entrypoints.browsers import logged_in, open_app_of
from tests.fakes.memory_versions import MemoryPresentVersions
from tests.fakes.world import World

FIGURES, BARE = "/figures", "/bare"
ROWS: list[Row] = [{"sku": "A", "units": 2}, {"sku": "=B", "units": None}]


class Screen:
    """A dashboard whose figures a test may change; counts how often they are computed."""

    def __init__(self) -> None:
        self.computed = 0
        self.trouble: Exception | None = None

    def compute(self) -> Row:
        self.computed += 1
        if self.trouble is not None:
            raise self.trouble
        return {"items": ROWS, "computed": self.computed}


@pytest.fixture
def screen() -> Screen:
    return Screen()


class CountedLooks(MemoryPresentVersions):
    """The figures' number, and how often somebody looked for it."""

    def __init__(self, world: World) -> None:
        super().__init__(world.store)
        self.looks = 0

    def of(self, user_id: UserId) -> int:
        self.looks += 1
        return super().of(user_id)


@pytest.fixture
def counted(world: World) -> CountedLooks:
    """In the place of the world's own."""
    counted = CountedLooks(world)
    answers = replace(world.services.answers, versions=counted)
    world.services = replace(world.services, answers=answers)
    return counted


@pytest.fixture
def app(world: World, screen: Screen, counted: CountedLooks) -> Flask:
    app = open_app_of(world)
    bp = Blueprint("screen", __name__)
    bp.get(FIGURES, endpoint="figures")(lambda: answered("figures", (1, None), screen.compute, dict, _rows))
    bp.get(BARE, endpoint="bare")(lambda: answered("bare", (), screen.compute, dict))
    app.register_blueprint(bp)
    return app


def _rows(data: Row) -> list[Row]:
    rows = data["items"]
    assert isinstance(rows, list)
    return rows


def change(world: World) -> None:
    with world.work() as work:
        work.figures.changed(world.user.id)
        work.commit()


def test_an_answer_has_the_envelope_and_says_how_it_may_be_kept(browser: FlaskClient) -> None:
    answer = browser.get(FIGURES)

    assert answer.json == {"success": True, "data": {"items": ROWS, "computed": 1}}
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Cookie", "Authorization"} <= set(answer.vary)


def test_the_second_answer_is_the_first_one(browser: FlaskClient, screen: Screen) -> None:
    first, second = browser.get(FIGURES), browser.get(FIGURES)

    assert (second.data, second.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert screen.computed == 1


def test_after_a_change_the_figures_are_computed_again(
    browser: FlaskClient, world: World, screen: Screen
) -> None:
    before = browser.get(FIGURES)

    change(world)
    after = browser.get(FIGURES, headers={"If-None-Match": before.headers["ETag"]})

    assert (after.status_code, after.json["data"]["computed"]) == (200, 2)
    assert after.headers["ETag"] != before.headers["ETag"]


def test_the_log_in_of_a_session_tells_the_number_and_nobody_looks_for_it(
    browser: FlaskClient, world: World, screen: Screen, counted: CountedLooks
) -> None:
    for _ in range(2):
        tag = browser.get(FIGURES).headers["ETag"]
        browser.get(FIGURES, headers={"If-None-Match": tag})
        change(world)

    assert (screen.computed, counted.looks) == (2, 0)


def test_a_program_is_told_what_has_changed_as_well_and_shares_what_is_kept(
    browser: FlaskClient, anonymous: FlaskClient, world: World, screen: Screen, counted: CountedLooks
) -> None:
    _key, text = world.services.api_keys.create(world.user, CONSOLE, "shop")
    shown = {"Authorization": f"Bearer {text}"}
    tags = []

    for _ in range(2):
        change(world)
        answers = anonymous.get(FIGURES, headers=shown), browser.get(FIGURES)
        tags += [answer.headers["ETag"] for answer in answers]

    assert tags[0] == tags[1] != tags[2] == tags[3]
    assert (screen.computed, counted.looks) == (2, 2)


def test_a_number_is_the_number_of_who_asks_whatever_cookie_comes_along(
    browser: FlaskClient, stranger_browser: FlaskClient, world: World, counted: CountedLooks
) -> None:
    _key, text = world.services.api_keys.create(world.stranger, CONSOLE, "shop")
    change(world)

    answer = browser.get(FIGURES, headers={"Authorization": f"Bearer {text}"})

    assert counted.looks == 1
    assert answer.headers["ETag"] == stranger_browser.get(FIGURES).headers["ETag"]


@pytest.mark.parametrize("mark", ["{}", "W/{}", '"other", {}'])
def test_who_has_the_answer_is_told_so(browser: FlaskClient, mark: str) -> None:
    tag = browser.get(FIGURES).headers["ETag"]

    answer = browser.get(FIGURES, headers={"If-None-Match": mark.format(tag)})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"Accept", "Cookie", "Authorization"} <= set(answer.vary)


def test_who_has_the_answer_is_told_so_even_when_nothing_is_kept(screen: Screen) -> None:
    world = World(CACHE_TTL_SECONDS="0")
    app = open_app_of(world)
    bp = Blueprint("screen", __name__)
    bp.get(FIGURES, endpoint="figures")(lambda: answered("figures", (), screen.compute, dict))
    app.register_blueprint(bp)
    browser = logged_in(app, world.user)
    tag = browser.get(FIGURES).headers["ETag"]

    answer = browser.get(FIGURES, headers={"If-None-Match": tag})

    assert (answer.status_code, screen.computed) == (304, 1)


def test_a_star_is_no_proof_of_having_it(browser: FlaskClient, screen: Screen) -> None:
    screen.trouble = NotConnected("No seller account is connected.")

    answer = browser.get(FIGURES, headers={"If-None-Match": "*"})

    assert (answer.status_code, answer.json["error"]) == (403, "amazon_not_connected")


def test_somebody_else_in_the_same_browser_does_not_have_the_answer(
    app: Flask, browser: FlaskClient, world: World
) -> None:
    tag = browser.get(FIGURES).headers["ETag"]

    answer = logged_in(app, world.stranger).get(FIGURES, headers={"If-None-Match": tag})

    assert answer.status_code == 200


def test_a_failure_has_no_tag_and_is_not_kept(browser: FlaskClient, screen: Screen) -> None:
    screen.trouble = NotConnected("No seller account is connected.")
    failed = browser.get(FIGURES)

    screen.trouble = None
    answer = browser.get(FIGURES)

    assert (failed.status_code, "ETag" in failed.headers) == (403, False)
    assert (answer.status_code, screen.computed) == (200, 2)


def test_csv_has_a_line_of_names_and_a_line_for_each_row(browser: FlaskClient) -> None:
    answer = browser.get(FIGURES, headers={"Accept": "text/csv"})

    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.text == "sku,units\r\nA,2\r\n'=B,\r\n"
    assert answer.headers["Content-Disposition"] == "attachment; filename=figures.csv"


def test_csv_has_a_tag_of_its_own(browser: FlaskClient) -> None:
    as_json = browser.get(FIGURES).headers["ETag"]

    as_csv = browser.get(FIGURES, headers={"Accept": "text/csv", "If-None-Match": as_json})
    again = browser.get(FIGURES, headers={"Accept": "text/csv", "If-None-Match": as_csv.headers["ETag"]})

    assert (as_csv.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv, application/json;q=0.9", "text/csv"),
        ("application/json;q=0, text/csv;q=0.1", "text/csv"),
    ],
)
def test_the_form_is_what_is_wanted_most(browser: FlaskClient, accept: str, media: str) -> None:
    assert browser.get(FIGURES, headers={"Accept": accept}).mimetype == media


@pytest.mark.parametrize(("path", "accept"), [(FIGURES, "image/png"), (BARE, "text/csv")])
def test_a_form_that_there_is_not_is_refused(
    browser: FlaskClient, screen: Screen, path: str, accept: str
) -> None:
    answer = browser.get(path, headers={"Accept": accept})

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert "application/json" in answer.json["details"]["fields"]["Accept"]
    assert screen.computed == 0
