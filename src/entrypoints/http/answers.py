"""Answers of dashboards: an envelope, an ETag, 304 for who has it already, and the same rows as CSV."""

from collections.abc import Callable, Sequence

from flask import Response, jsonify, request

from entrypoints.http.shapes import Json


def answered(
    name: str,
    question: Sequence[object],
    compute: Callable[[], Json],
    rows: Callable[[Json], Sequence[Json]] | None = None,
) -> Response:
    """The dashboard's answer.

    Args:
        name: Of the dashboard.
        question: What tells this question from others to the same dashboard (texts, days, numbers).
        compute: Makes the data; called only when nobody has asked the same since the figures last changed.
        rows: Picks the part of the data that a CSV of it holds; ``None``: there is no CSV.
    """
    response = jsonify({"success": True, "data": compute()})
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
