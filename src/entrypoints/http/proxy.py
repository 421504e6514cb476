"""Any call to SP-API, as the caller words it; Amazon's answer, as it comes."""

from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ConfigDict, Field

from domain.connections.model import ConnectionId
from domain.errors import InvalidInput, NotFound, Unavailable
from domain.gateway.model import Answer
from domain.gateway.proxy import Asked
from domain.gateway.targets import without
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import JSON, described, of_channel, passed_on
from entrypoints.http.errors import UnsupportedMediaType
from entrypoints.http.reading import Query, insist_shallow, raw_body

_ADDRESS = "/api/v1/amazon/proxy"
#: What comes through of the answer's headers; a cookie or a place to go on to does not.
_HEADERS = {"x-amzn-requestid": "X-Amzn-RequestId", "x-amzn-ratelimit-limit": "X-Amzn-RateLimit-Limit"}

bp = Blueprint("proxy", __name__)


class ProxyQuery(Query):
    """In whose name. Everything else is SP-API's, and goes on as it is."""

    model_config = ConfigDict(extra="allow")

    connection_id: UUID | None = Field(
        default=None, description="In whose name to ask; by default the default connection."
    )


@bp.route(
    f"{_ADDRESS}/<path:path>",
    methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
    merge_slashes=False,  # a path that is not SP-API's is refused, not mended
)
@described(
    "Proxy",
    passed_on(
        "Amazon's own answer.",
        **{
            "X-Amzn-RequestId": "Amazon's id of the request.",
            "X-Amzn-RateLimit-Limit": "Calls a second that Amazon grants, where it says so.",
        },
    ),
    query=ProxyQuery,
    raw_body=JSON,
    errors=("forbidden", "payload_too_large", "unsupported_media_type", *of_channel("amazon")),
    path={"path": "SP-API's, such as `sellers/v1/marketplaceParticipations`; percent-encoded as for Amazon."},
)
def pass_on(path: str) -> Response:  # noqa: ARG001 - decoded, and so no longer what was asked for
    """Any call to the Selling Partner API: whatever Amazon says.

    Portside adds the access token, the usage plan, retries where asking twice does no harm, and signing. Restricted
    operations, those that give out buyers' names or addresses, are ``forbidden``. An error of Portside's own has
    ``"success": false``; everything else is Amazon's word, whatever its status.
    """
    asked, connection_id = _asked()
    return _response(services().proxy.pass_on(user(), visitor(), asked, connection_id))


def _asked() -> tuple[Asked, ConnectionId | None]:
    raw_path, _, raw_query = _target().partition("?")
    beginning = f"{request.script_root}{_ADDRESS}"
    if not raw_path.startswith(f"{beginning}/"):
        raise NotFound("SP-API has no such path.")
    query, connections = without(raw_query, "connection_id")
    method = "GET" if request.method == "HEAD" else request.method
    return Asked(method, raw_path.removeprefix(beginning), query, _body(method)), _connection(connections)


def _target() -> str:
    """What stands in the request's first line: WSGI's own path is decoded, and ``%2F`` in a SKU lost."""
    for name in ("RAW_URI", "REQUEST_URI"):  # gunicorn's word for it, and werkzeug's
        if name in request.environ:
            return str(request.environ[name])
    raise Unavailable(
        "This server does not tell which address was asked for: run Portside by portside serve."
    )


def _connection(given: list[str]) -> ConnectionId | None:
    if not given:
        return None
    if len(given) > 1:
        raise InvalidInput({"connection_id": "given more than once"})
    try:
        return ConnectionId(UUID(given[0]))
    except ValueError as error:
        raise InvalidInput({"connection_id": "not an id of a connection"}) from error


def _body(method: str) -> bytes | None:
    body = raw_body()
    if not body:
        return None
    if method == "GET":
        raise InvalidInput({"body": "a GET has none: Amazon refuses it"})
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")
    insist_shallow(body)
    return body


def _response(answer: Answer) -> Response:
    kind = _line(answer.headers.get("content-type", "")) or "application/octet-stream"
    response = Response(answer.body, answer.status, content_type=kind)
    for name, shown in _HEADERS.items():
        if name in answer.headers:
            response.headers[shown] = _line(answer.headers[name])
    return response


def _line(value: str) -> str:
    """A header may have been folded, which ours can't be."""
    return " ".join(value.split())
