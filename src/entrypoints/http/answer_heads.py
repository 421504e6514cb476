"""What an answer says of its figures in headers, so that it is told of a CSV as well: how fresh, which days, what money."""

from collections.abc import Mapping

#: The header, and by which names the data tell it (advertising is in snake_case).
_KNOWN = {
    "X-Data-As-Of": ("dataAsOf", "data_as_of"),
    "X-Complete-Until": ("completeUntil", "complete_until"),
}
#: What the document says of each.
FIGURE_HEADERS = {
    "X-Data-As-Of": "When the figures were last synced, as `dataAsOf` in the data; absent before the first sync.",
    "X-Complete-Until": "Up to when they are known to be complete, as `completeUntil`; absent where it is null.",
    "Content-Disposition": "Of a CSV, names the file: with the period's days and the currency, where there are any.",
}


def known_headers(data: Mapping[str, object]) -> dict[str, str]:
    """Up to when the figures are known; a moment that nobody knows has no header."""
    found = {
        header: next((data[name] for name in names if name in data), None) for header, names in _KNOWN.items()
    }
    return {header: value for header, value in found.items() if isinstance(value, str)}


def file_header(name: str, data: Mapping[str, object]) -> dict[str, str]:
    """As what the answer is saved: its rows tell neither their period nor, all of them, their currency."""
    period, currency = data.get("period"), data.get("currency")
    days = [str(period[end]) for end in ("from", "to")] if isinstance(period, Mapping) else []
    parts = [name, *days, *([currency] if isinstance(currency, str) else [])]
    return {"Content-Disposition": f"attachment; filename={'-'.join(parts)}.csv"}
