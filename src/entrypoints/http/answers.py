"""Answers of dashboards: an envelope, an ETag, 304 for who has it already, and the same rows as CSV."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from flask import Response, request

from domain.acting import acting_for
from domain.errors import InvalidInput
from entrypoints.http.answer_heads import file_header, known_headers
from entrypoints.http.context import figures_version, services, user
from entrypoints.http.csv_lines import csv_line
from entrypoints.http.csv_tables import as_csv

#: What is answered, and each line of its table.
Row = Mapping[str, object]

Found = TypeVar("Found")

_JSON, _CSV = "application/json", "text/csv"
#: Asked again each time, and answered in a word as long as nothing has changed. Nobody may keep it for somebody else.
_KEPT_BY_BROWSERS = "private, no-cache"
#: How kept answers are written: a line of headers, which are said of the figures and so kept with them, then the body.
_WRITTEN = "headed"
#: What the answer depends on besides the address: who asks, and in which form.
_DEPENDS_ON = "Accept, Cookie, Authorization"


def answered(
    name: str,
    question: Sequence[object],
    look: Callable[[], Found],
    shape: Callable[[Found], Row],
    rows: Callable[[Row], Sequence[Row]] | None = None,
    names: Sequence[str] = (),
    *,
    bare: bool = False,
) -> Response:
    """The dashboard's answer. Whoever has it already is told so before anything of it is looked up.

    Args:
        name: Of the dashboard.
        question: What tells this question from others to the same dashboard (texts, days, numbers).
        look: Finds what is answered; called only when nobody has asked the same since the figures last changed.
        shape: Makes the data of it, without looking at anything else.
        rows: Picks the part of the data that a CSV of it holds; ``None``: there is no CSV.
        names: Of the CSV's columns, where there may be no rows to tell them.
        bare: Without an envelope, as all answers are that are no dashboards.

    Raises:
        InvalidInput: the ``Accept`` header takes none of the forms that there are.
    """
    media = _accepted((_JSON, _CSV) if rows is not None else (_JSON,))
    answers = services().answers
    tag = answers.tag(user().id, (_WRITTEN, name, media, *question), figures_version())
    shown = request.if_none_match
    if shown.is_strong(tag) or shown.is_weak(tag):  # proxies that compress what they pass on weaken its tag
        return _marked(Response(status=304), tag)

    def written(found: Found) -> str:
        data = shape(found)
        head = known_headers(data)
        if rows is not None and media == _CSV:
            return json.dumps(head | file_header(name, data)) + "\n" + as_csv(rows(data), names)
        whole = data if bare else {"success": True, "data": data}
        return json.dumps(head) + "\n" + json.dumps(whole, separators=(",", ":")) + "\n"

    head, _, text = answers.answer(tag, look, written).partition("\n")
    response = _marked(Response(text, mimetype=media), tag)
    response.headers.update(json.loads(head))
    if shown or request.if_match:  # other conditions than the one that is answered above
        response.make_conditional(request)
    return response


def wants_csv() -> bool:
    """Whether the list is asked for as CSV.

    Raises:
        InvalidInput: the ``Accept`` header takes neither JSON nor CSV.
    """
    return _accepted((_JSON, _CSV)) == _CSV


def streamed(
    name: str,
    question: Sequence[object],
    names: Sequence[str],
    pieces: Callable[[], tuple[Row, Iterator[Sequence[Row]]]],
) -> Response:
    """A list as CSV that may be too long to be kept: written piece by piece, and tagged as ``answered`` does it.

    Args:
        name: Of the dashboard.
        question: As for ``answered``.
        names: Of the columns, in their order; every row has them all, and plain values only.
        pieces: Begins to read the rows, and says of them what is told in headers, by the names that dashboards have
            for it; called only for who does not have them already.
    """
    whose = user().id
    tag = services().answers.tag(whose, (name, _CSV, *question), figures_version())
    shown = request.if_none_match
    if shown.is_strong(tag) or shown.is_weak(tag):
        return _marked(Response(status=304), tag)
    known, rows = pieces()
    first = next(rows, ())  # what is wrong with the question is said before anything is sent

    def lines() -> Iterator[bytes]:
        yield csv_line(names).encode()
        piece: Sequence[Row] | None = first
        while piece is not None:
            yield as_csv(piece).partition("\r\n")[2].encode()
            # The request is over by now: whoever reads says again for whom.
            with acting_for(whose):
                piece = next(rows, None)

    response = _marked(Response(lines(), mimetype=_CSV, direct_passthrough=True), tag)
    response.headers.update(known_headers(known) | file_header(name, known))
    return response


def _marked(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = _KEPT_BY_BROWSERS
    response.headers["Vary"] = _DEPENDS_ON
    return response


def _accepted(offers: Sequence[str]) -> str:
    """The form that the ``Accept`` header asks for; the first one where it does not care."""
    accepted = request.accept_mimetypes
    best = accepted.best_match(offers) if accepted else offers[0]
    if best is None:
        raise InvalidInput({"Accept": f"this can be had as {', '.join(offers)}"})
    return best
