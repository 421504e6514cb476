"""Looks through a history for what must never be in it. Each finding is a sentence; none is the best one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.leases.history import TOKENS, Entry
from tests.leases.rotating_lwa import Asked

#: After these, whoever held the lease holds it no more.
_GIVEN_BACK = frozenset({"finish", "park", "release", "fail"})


def of_subject(entries: Sequence[Entry], subject: str) -> list[Entry]:
    """What concerns one resource, or the tokens."""
    return [entry for entry in entries if entry.subject == subject]


def lease_violations(entries: Sequence[Entry]) -> list[str]:
    """Of one resource: commits under a lease that was not the newest one, or not there any more."""
    return list(_lease_violations(entries))


def _lease_violations(entries: Sequence[Entry]) -> Iterator[str]:
    newest, owner = 0, None
    for entry in entries:
        what = f"{entry.subject}: {entry.kind} of {entry.owner} under epoch {entry.epoch}"
        if entry.kind in ("claim", "restart"):
            if entry.epoch != newest + 1:
                yield f"{what} follows epoch {newest}"
            newest, owner = max(newest, entry.epoch), entry.owner
        elif entry.epoch < newest:
            yield f"{what} was committed after epoch {newest} had begun"
        elif (entry.epoch, entry.owner) != (newest, owner):
            yield f"{what}, which {owner} has or nobody"
        elif entry.kind in _GIVEN_BACK:
            owner = None


@dataclass
class _Chain:
    """How far a resource is, by what was committed."""

    cursor: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    pages: int = 0


def page_violations(entries: Sequence[Entry]) -> list[str]:
    """Of one resource: pages that were committed twice, left out, or begun from somewhere else than the last ended."""
    return list(_page_violations(entries))


def _page_violations(entries: Sequence[Entry]) -> Iterator[str]:
    chain, places = _Chain(), set[tuple[str | None, str]]()
    for entry in entries:
        what, detail = f"{entry.subject}: {entry.kind} under epoch {entry.epoch}", entry.detail
        if entry.kind == "restart":
            chain.cursor = {}
            places.clear()
        if entry.kind == "claim":
            if detail["cursor"] != chain.cursor:
                yield f"{what} begins elsewhere than the last commit ended"
            if detail["run"] == chain.run and detail["pages"] != chain.pages:
                yield f"{what} begins after page {detail['pages']}, and {chain.pages} were committed"
            chain.run, chain.pages = detail["run"], detail["pages"]
        if entry.kind in ("page", "finish"):
            if detail["pages"] != chain.pages + 1:
                yield f"{what} is page {detail['pages']} after page {chain.pages}"
            chain.pages = detail["pages"]
            place = (chain.run, str(sorted(chain.cursor.items())))
            if chain.cursor and place in places:
                yield f"{what} commits a page for the second time"
            places.add(place)
            yield from _backwards(what, chain.cursor, detail["cursor"])
        if "cursor" in detail:
            chain.cursor = detail["cursor"]


def _backwards(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    done, then = before.get("done_until"), after.get("done_until")
    if done is not None and (then is None or then < done):
        yield f"{what} takes the data back from {done} to {then}"
    window, same = (_window(cursor) for cursor in (before, after))
    if None not in (*window, *same) and window != same:
        yield f"{what} goes on in the window {same} instead of {window}"


def _window(cursor: Mapping[str, Any]) -> tuple[Any, Any]:
    return cursor.get("after"), cursor.get("before")


def token_violations(entries: Sequence[Entry], asked: Sequence[Asked], first: tuple[int, str]) -> list[str]:
    """Of the tokens: renewals that got lost or were doubled, and questions to LWA that nobody had a claim for.

    Args:
        entries: What was done to the row.
        asked: What LWA was asked since then, and answered.
        first: The row's version and refresh token before all of that.
    """
    return list(_token_violations(entries, asked, first))


def _token_violations(
    entries: Sequence[Entry], asked: Sequence[Asked], first: tuple[int, str]
) -> Iterator[str]:
    epoch, (version, stored) = 0, first
    of_version, held_until = {first[0]: first[1]}, 0.0
    for entry in (each for each in entries if each.kind != "release"):
        what = f"{TOKENS}: {entry.kind} of version {entry.detail['version']} under epoch {entry.epoch}"
        if entry.detail["version"] != version:
            yield f"{what} was committed at version {version}"
        if entry.kind == "claim":
            if entry.epoch <= epoch:
                yield f"{what} follows epoch {epoch}"
            epoch = max(epoch, entry.epoch)
            if entry.detail["now"] < held_until and not _released(entries, entry.epoch - 1):
                yield f"{what} was given while another claim was good"
            held_until = entry.detail["until"]
            continue
        if entry.epoch != epoch:
            yield f"{what} was committed after epoch {epoch} had begun"
        renewed = entry.detail["refresh_token"]
        if Asked(stored, renewed) not in asked:
            yield f"{what} keeps {renewed}, which LWA did not give for {stored}: an update is lost"
        version, stored, held_until = version + 1, renewed, 0.0
        of_version[version] = stored
    yield from _questions(entries, asked, of_version)


def _released(entries: Sequence[Entry], epoch: int) -> bool:
    return any(entry.kind == "release" and entry.epoch == epoch for entry in entries)


def _questions(
    entries: Sequence[Entry], asked: Sequence[Asked], of_version: Mapping[int, str]
) -> Iterator[str]:
    claims = Counter(entry.detail["version"] for entry in entries if entry.kind == "claim")
    questions = Counter(each.refresh_token for each in asked)
    for version, token in of_version.items():
        if questions[token] > claims[version]:
            yield f"{TOKENS}: LWA was asked {questions[token]} times with version {version}, claimed {claims[version]} times"
    for token in sorted(set(questions) - set(of_version.values())):
        yield f"{TOKENS}: LWA was asked with {token}, which was never kept"


def reading_violations(reads: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of what was read in any process: a version older than one that somebody had read before the reading began."""
    return list(_reading_violations(reads))


def _reading_violations(reads: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    of_version: dict[int, str] = {}
    ended = sorted((read["at"], read["version"]) for read in reads)
    newest, seen = 0, 0
    for read in sorted(reads, key=lambda each: float(each["began"])):
        while seen < len(ended) and ended[seen][0] < read["began"]:
            newest, seen = max(newest, ended[seen][1]), seen + 1
        if read["version"] < newest:
            yield f"{TOKENS}: version {read['version']} was read after version {newest}"
        if of_version.setdefault(read["version"], read["refresh_token"]) != read["refresh_token"]:
            yield f"{TOKENS}: version {read['version']} was read with two refresh tokens"


def takeovers(entries: Sequence[Entry]) -> int:
    """How often a lease or a claim was taken that nobody had given back."""
    return sum(
        before.kind not in {*_GIVEN_BACK, "restart", "renew"} and after.kind == "claim"
        for before, after in pairwise(entries)
    )
