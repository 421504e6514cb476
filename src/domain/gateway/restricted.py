"""What is not handed through to SP-API: whatever gives out buyers' names and addresses, or acts for the application.

Where Amazon mixes the two, only what is known to be free of buyers is allowed: an operation that Amazon adds to an API
of orders is refused until somebody has looked at it.

Source: SP-API documentation, "Restricted Data Tokens" and "Grantless operations"; Amazon's models.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote_plus

from domain.errors import InvalidInput, NotAllowed, NotFound
from domain.gateway.roots import ROOTS
from domain.gateway.targets import layers

#: How a path begins, in small letters, and why it is refused.
_BUYERS = "it gives out buyers' names or addresses"
_APPLICATION = "it acts for the application, not for a seller"
_VENDORS = "it is for vendors, whose orders name their buyers"
_CLOSED: Sequence[tuple[tuple[str, ...], str]] = (
    (("tokens",), "it makes tokens for buyers' data"),
    (("mfn",), _BUYERS),
    (("shipping",), _BUYERS),
    (("easyship",), _BUYERS),
    (("messaging",), _BUYERS),
    (("solicitations",), _BUYERS),
    (("services",), _BUYERS),
    (("fba", "outbound"), _BUYERS),
    (("externalfulfillment",), _BUYERS),
    (("delivery",), _BUYERS),
    (("tax",), _BUYERS),
    (("invoices",), _BUYERS),
    (("vendor",), _VENDORS),
    (("applications",), _APPLICATION),
    (("authorization",), _APPLICATION),
    (("notifications", "v1", "destinations"), _APPLICATION),
)
#: The only operations on orders that are handed through; ``*`` is an order's id.
_FREE_OF_BUYERS = {
    ("GET", "orders/2026-01-01/orders"),
    ("GET", "orders/2026-01-01/orders/*"),
    ("GET", "orders/v0/orders/*/orderitems"),
    ("POST", "orders/v0/orders/*/shipment"),
    ("POST", "orders/v0/orders/*/shipmentconfirmation"),
}
#: An encoded question mark in an order's id would begin a query, for whoever decodes the path once more.
_OF_ORDERS = re.compile(r"[A-Za-z0-9/-]+")
#: Data sets of an order that say nothing of its buyer. Of those of 2026-01-01, BUYER, RECIPIENT and TAX do.
_DATA_SETS = {
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
}
#: Reports that Amazon restricts. Their documents it gives to nobody without a restricted data token, so that one which
#: was made elsewhere is safe from us too.
_REPORT = re.compile(
    r".*_(?:SHIPPING|INVOICING|TAX)|GET_VAT_TRANSACTION_DATA|SC_VAT_TAX_REPORT|GET_EASYSHIP_DOCUMENTS"
    r"|GET_GST_MTR_B2B_CUSTOM"
)


def insist_free(method: str, path: str, query: str, body: bytes | None) -> None:
    """Refuse what is restricted, and what is no part of SP-API.

    Args:
        method: In capitals.
        path: As it is sent, encoded.
        query: Likewise.
        body: What is sent along.

    Raises:
        NotAllowed: it is restricted, however it is spelled.
        NotFound: it is not below a path of SP-API.
        InvalidInput: it asks for a report with a body that can be read in two ways.
    """
    decoded = layers(path)
    segments = tuple(_plain(segment) for segment in decoded.removeprefix("/").split("/"))
    for beginning, reason in _CLOSED:
        if segments[: len(beginning)] == beginning:
            raise _refused(reason)
    if segments[0] == "orders":
        if not _OF_ORDERS.fullmatch(decoded):
            raise _refused("no order's id has such characters")
        _insist_on_no_buyer(method, segments, query)
    if not any(path.startswith(f"{root.path}/") for root in ROOTS):
        raise NotFound("SP-API has no such path.")
    if segments[0] == "reports" and body is not None:
        _insist_on_free_report(body)


def is_restricted_report(report_type: str) -> bool:
    """Whether a report of this type names buyers: Amazon hands it out for a restricted data token only."""
    return _REPORT.fullmatch(_plain(report_type).upper()) is not None


def _insist_on_no_buyer(method: str, segments: tuple[str, ...], query: str) -> None:
    shape = "/".join((*segments[:3], *("*" for _ in segments[3:4]), *segments[4:]))
    if (method, shape) not in _FREE_OF_BUYERS:
        raise _refused(_BUYERS)
    for parameter in query.split("&"):
        # With whatever the values are kept apart, and whether or not a semicolon begins another parameter.
        words = re.findall(r"[^\W\d]\w*", _folded(_twice(parameter)).upper())
        others = set(words) - _DATA_SETS - {"INCLUDEDDATA"}
        if "INCLUDEDDATA" in words and others:
            raise _refused(
                f"includedData asks for {', '.join(sorted(others))}; allowed are {', '.join(sorted(_DATA_SETS))}"
            )


def _insist_on_free_report(body: bytes) -> None:
    try:
        wish = json.loads(body.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InvalidInput({"body": "not JSON, or a name comes twice in it"}) from error
    if not isinstance(wish, dict):
        raise InvalidInput({"body": "not a JSON object"})
    for name, value in wish.items():
        if _plain(name) != "reporttype":
            continue
        if not isinstance(value, str):
            raise InvalidInput({"reportType": "not a text"})
        if is_restricted_report(value):
            raise _refused(f"a report of type {value} names buyers")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two values with one name, we might look at the one and Amazon at the other."""
    found = dict(pairs)
    if len({_plain(name) for name in found}) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _twice(text: str) -> str:
    return unquote_plus(unquote_plus(text))


def _plain(text: str) -> str:
    """The text as the most careless reader would see it: without case, looks, blanks and parameters of its own."""
    return _folded(text).partition(";")[0].strip()


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _refused(reason: str) -> NotAllowed:
    return NotAllowed(f"Portside does not pass this on: {reason}.")
