"""What looks through histories: a good one has nothing, and each kind of trouble is found."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from adapters.crypto.envelope import Envelopes
from adapters.sql.engine import make_engine
from domain.acting import in_background
from domain.errors import LeaseLost
from domain.sync.model import Progress, Resource, Task
from domain.tokens.keyring import FixedRing, KeyRing
from domain.tokens.model import AccessToken, Claim, RefreshToken, Renewal
from tests import databases
from tests.expired import connections_with_expired_tokens, refresh_token
from tests.leases.checker import (
    lease_violations,
    of_subject,
    page_violations,
    reading_violations,
    takeovers,
    token_violations,
)
from tests.leases.history import (
    TOKENS,
    CarelessBook,
    CarelessVault,
    Entry,
    RecordingBook,
    RecordingVault,
    RecordingWork,
    Tape,
    history,
    lines,
    make_history,
)
from tests.leases.rotating_lwa import Asked

NOW = datetime(2026, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
CIPHER = Envelopes(FixedRing(KeyRing.parse("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")))


def claim(epoch: int, owner: str, cursor: dict[str, object], pages: int, run: str = "run") -> Entry:
    return Entry("orders", "claim", epoch, owner, {"cursor": cursor, "pages": pages, "run": run})


def page(epoch: int, owner: str, token: str, pages: int) -> Entry:
    return Entry("orders", "page", epoch, owner, {"cursor": {"token": token}, "pages": pages})


GOOD = (
    claim(1, "a", {}, 0),
    page(1, "a", "x", 1),
    claim(2, "b", {"token": "x"}, 1),
    page(2, "b", "y", 2),
    Entry("orders", "finish", 2, "b", {"cursor": {"done_until": "2026-02-01"}, "pages": 3}),
    claim(3, "a", {"done_until": "2026-02-01"}, 0, "next run"),
    Entry("orders", "park", 3, "a"),
)


def test_a_good_history_has_nothing() -> None:
    assert lease_violations(GOOD) == []
    assert page_violations(GOOD) == []
    assert takeovers(GOOD) == 1


@pytest.mark.parametrize(
    "entry",
    [
        page(1, "a", "y", 2),
        page(2, "b", "z", 4),
        page(3, "b", "z", 1),
        page(3, "a", "z", 1),
        claim(3, "b", {}, 0),
    ],
    ids=["an old epoch", "a finished run", "another's lease", "a lease given back", "an epoch twice"],
)
def test_a_commit_without_the_lease_is_found(entry: Entry) -> None:
    assert len(lease_violations([*GOOD, entry])) == 1


@pytest.mark.parametrize(
    ("at", "entry"),
    [
        (4, page(2, "b", "y", 2)),
        (4, page(2, "b", "z", 4)),
        (2, claim(2, "b", {}, 1)),
        (2, claim(2, "b", {"token": "x"}, 2)),
        (5, Entry("orders", "fail", 2, "b", {"cursor": {}})),
        (6, Entry("orders", "page", 3, "a", {"cursor": {"done_until": "2026-01-31"}, "pages": 1})),
    ],
    ids=["twice", "left out", "from the beginning", "miscounted", "forgotten", "back in time"],
)
def test_a_broken_chain_of_pages_is_found(at: int, entry: Entry) -> None:
    assert page_violations([*GOOD[:at], entry, *GOOD[at:]]) != []


def test_a_page_that_comes_back_to_where_the_run_was_is_found() -> None:
    circle = [*GOOD[:4], page(2, "b", "x", 3), page(2, "b", "y", 4)]

    assert [each for each in page_violations(circle) if "second time" in each] != []


def test_an_older_version_read_later_is_found() -> None:
    reads = [
        {"began": 1.0, "at": 2.0, "version": 2, "refresh_token": "new"},
        {"began": 1.5, "at": 2.5, "version": 1, "refresh_token": "old"},  # at the same time: it may be
    ]
    late = {"began": 2.1, "at": 2.2, "version": 1, "refresh_token": "old"}

    assert reading_violations(reads) == []
    assert len(reading_violations([*reads, late])) == 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(databases.sqlite_database(tmp_path))
    make_history(made)
    yield made
    made.dispose()


@pytest.fixture
def connection_id(engine: Engine) -> UUID:
    (made,) = connections_with_expired_tokens(engine, CIPHER, 1, NOW, next_run_at=NOW)
    return made


def opened(engine: Engine, tape: Tape, careless: bool) -> RecordingWork:
    book = CarelessBook if careless else RecordingBook
    vault = CarelessVault if careless else RecordingVault
    return RecordingWork(engine, CIPHER, tape, book=book, vault=vault)


@pytest.mark.parametrize("careless", [False, True], ids=["the book", "a careless book"])
@pytest.mark.usefixtures("connection_id")
def test_who_comes_back_after_the_lease_is_refused_by_the_book_and_found_without_it(
    engine: Engine, tmp_path: Path, careless: bool
) -> None:
    tape = Tape(tmp_path / "tape")

    def claimed(owner: str, now: datetime) -> Task:
        with opened(engine, tape, careless) as work:
            (task,) = work.sync.claim(now, owner, now + timedelta(seconds=1), 1)
            work.commit()
        return task

    def kept(task: Task, token: str) -> None:
        with opened(engine, tape, careless) as work:
            work.sync.hold(task.lease)
            work.sync.advance(task.lease, {"token": token}, Progress(pages=1), LATER)
            work.commit()

    with in_background():
        sleeper, successor = claimed("sleeper", NOW), claimed("successor", LATER)
        kept(successor, "theirs")
        if careless:
            kept(sleeper, "late")
        else:
            with pytest.raises(LeaseLost):
                kept(sleeper, "late")

    found = of_subject(history(engine), Resource.ORDERS)
    assert len(lease_violations(found)) == int(careless)
    assert (page_violations(found) != []) == careless
    assert [line["epoch"] for line in lines(tmp_path / "tape")] == ([] if careless else [1])


@pytest.mark.parametrize("careless", [False, True], ids=["the vault", "a careless vault"])
def test_a_renewal_that_comes_late_is_refused_by_the_vault_and_found_without_it(
    engine: Engine, tmp_path: Path, connection_id: UUID, careless: bool
) -> None:
    tape, root = Tape(tmp_path / "tape"), refresh_token(connection_id)

    def claimed(owner: str, now: datetime) -> Claim:
        with opened(engine, tape, careless) as work:
            found = work.vault.claim(connection_id, 1, owner, now, now + timedelta(seconds=1))
            work.commit()
        assert found is not None
        return found

    def renewed(given: Claim, refresh: str) -> bool:
        with opened(engine, tape, careless) as work:
            access = AccessToken("Atza|new", LATER + timedelta(hours=1))
            done = work.vault.renew(connection_id, given, Renewal(access, RefreshToken(refresh)))
            work.commit()
        return done

    with in_background():
        sleeper, successor = claimed("sleeper", NOW), claimed("successor", LATER)
        outcome = renewed(successor, "theirs"), renewed(sleeper, "late")

    asked = [Asked(root, "late"), Asked(root, "theirs")]
    violations = token_violations(of_subject(history(engine), TOKENS), asked, (1, root))
    assert outcome == (True, careless)
    assert any("an update is lost" in each for each in violations) == careless
    assert (violations != []) == careless


def test_a_question_to_lwa_without_a_claim_is_found() -> None:
    good = [
        Entry(TOKENS, "claim", 1, "a", {"version": 1, "now": 0.0, "until": 1.0}),
        Entry(TOKENS, "renew", 1, "a", {"version": 1, "refresh_token": "second"}),
    ]
    asked = [Asked("first", "second")]

    assert token_violations(good, asked, (1, "first")) == []
    assert len(token_violations(good, [*asked, Asked("first", "third")], (1, "first"))) == 1
    assert len(token_violations(good, [*asked, Asked("third", None)], (1, "first"))) == 1


def test_a_claim_while_another_is_good_is_found() -> None:
    first = Entry(TOKENS, "claim", 1, "a", {"version": 1, "now": 0.0, "until": 1.0})
    second = Entry(TOKENS, "claim", 2, "b", {"version": 1, "now": 0.5, "until": 1.5})

    assert len(token_violations([first, second], [], (1, "first"))) == 1
    assert (
        token_violations([first, Entry(TOKENS, "release", 1, "a", {"version": 1}), second], [], (1, "first"))
        == []
    )
