"""OpenTelemetry, where it is asked for: spans for requests, runs, calls and statements, sent by OTLP over HTTP.

We tell of each piece of work ourselves. The instrumentations that there are for Flask, requests and SQLAlchemy would
tell of whole addresses: a consent's code and an order's number stand in those.

Source: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, event

from domain.errors import NotConfigured
from domain.gateway.model import Answer, Call
from domain.gateway.ports import Wire
from domain.operations.tracing import Facts, Kind, Span, Tracing, Unfollowed
from domain.tokens.model import AccessToken

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

    from domain.connections.model import Connection as Seller

Found = TypeVar("Found")

_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: A collector is near. What it does not take in that time, repeats included, is lost; a process that ends waits for it.
_TIMEOUT_SECONDS = 2
_LONGEST_STATEMENT = 500
_UNDER_WAY = "portside_span"


def tracing_to(endpoint: str | None) -> Tracing:
    """Tracing to the collector at this address (without ``/v1/traces``), or none; opens no connection.

    What else can be set of it (headers, sampling, the service's name), OpenTelemetry's own variables say.

    Raises:
        NotConfigured: the packages for it are missing: the operator's to mend.
    """
    if endpoint is None:
        return Unfollowed()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - few have it
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - see above
    except ImportError as error:
        raise NotConfigured(
            f"{_VARIABLE} is set, but OpenTelemetry is missing: pip install portside[otel]", (_VARIABLE,)
        ) from error
    tracing = OtelTracing()
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_TIMEOUT_SECONDS)
    tracing.provider.add_span_processor(BatchSpanProcessor(exporter))
    return tracing


class OtelTracing:
    """OpenTelemetry's spans; see ``domain.operations.tracing.Tracing``. Nothing of it is global."""

    def __init__(self) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - few have it
        from opentelemetry.trace.propagation import tracecontext  # noqa: PLC0415 - see above

        self.provider = _provider()
        self._trace = trace
        self._tracer = self.provider.get_tracer("portside", version("portside"))
        self._traceparent = tracecontext.TraceContextTextMapPropagator()

    def span(
        self, name: str, facts: Facts, kind: Kind = "internal", parent: str | None = None
    ) -> AbstractContextManager[Span]:
        """A piece of work, as long as the block lasts."""
        return self._begun(name, facts, kind, parent)

    def part(self, name: str, facts: Facts, kind: Kind = "internal") -> AbstractContextManager[Span]:
        """The same where something is under way here."""
        if not self._trace.get_current_span().get_span_context().is_valid:
            return Unfollowed().part(name, facts, kind)
        return self._begun(name, facts, kind, None)

    @contextmanager
    def _begun(self, name: str, facts: Facts, kind: Kind, parent: str | None) -> Iterator[Span]:
        above = self._traceparent.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            name,
            context=above,
            kind=self._trace.SpanKind[kind.upper()],
            attributes=dict(facts),
            # An exception's text may hold what must not leave the house.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            followed = _Followed(span)
            try:
                yield followed
            except Exception as error:
                followed.failed(type(error).__name__)
                raise


@dataclass(frozen=True)
class _Followed:
    span: "OtelSpan"

    @property
    def trace_id(self) -> str | None:
        return f"{self.span.get_span_context().trace_id:032x}"

    def tell(self, facts: Facts) -> None:
        self.span.set_attributes(dict(facts))

    def failed(self, kind: str) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415 - few have it

        self.span.set_attribute("error.type", kind)
        self.span.set_status(StatusCode.ERROR)


def _provider() -> "TracerProvider":
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415 - few have it
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - see above

    told = Resource.create({"service.version": version("portside")})
    name = str(told.attributes.get(SERVICE_NAME, ""))
    if not name or name.startswith("unknown_service"):  # nobody has named it
        told = told.merge(Resource({SERVICE_NAME: "portside"}))
    return TracerProvider(resource=told)


@dataclass(frozen=True)
class TracedWire:
    """A wire whose requests are followed by the operation's name; see ``domain.gateway.ports.Wire``."""

    wire: Wire
    tracing: Tracing

    def send(self, connection: "Seller", call: Call, token: AccessToken) -> Answer:
        """Send the call once."""
        facts = {"portside.operation": call.operation.name, "portside.connection_id": str(connection.id)}
        with self.tracing.part(call.operation.name, facts) as span:
            answer = self.wire.send(connection, call, token)
            span.tell({"http.response.status_code": answer.status})
            if answer.request_id:
                span.tell({"portside.upstream_request_id": answer.request_id})
            return answer


def follow_statements(engine: Engine, tracing: Tracing) -> None:
    """Have every statement followed that is part of something: its text, with places where its values go."""
    if isinstance(tracing, Unfollowed):
        return

    def begun(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        stack = ExitStack()
        stack.enter_context(_statement(tracing, engine, statement))
        connection.info[_UNDER_WAY] = stack

    def done(connection: Connection, *_more: Any) -> None:
        _end(connection.info)

    def failed(context: ExceptionContext) -> None:
        if context.connection is not None:
            _end(context.connection.info, context.original_exception)

    event.listen(engine, "before_cursor_execute", begun)
    event.listen(engine, "after_cursor_execute", done)
    event.listen(engine, "handle_error", failed)


def follow_look(
    look: Callable[..., Found], statement: str, engine: Engine, tracing: Tracing | None
) -> Callable[..., Found]:
    """The same for a look past SQLAlchemy; the look itself, which then costs what it did, where nobody follows.

    Args:
        look: Carries the statement out.
        statement: What of it is told: with places for its values.
        engine: Whose database it is.
        tracing: Where it is told.
    """
    if tracing is None or isinstance(tracing, Unfollowed):
        return look

    def followed(*args: object) -> Found:
        with _statement(tracing, engine, statement):
            return look(*args)

    return followed


def _statement(tracing: Tracing, engine: Engine, statement: str) -> AbstractContextManager[Span]:
    word = statement.split(None, 1)[0].upper() if statement.strip() else "SQL"
    facts = {"db.system.name": engine.dialect.name, "db.query.text": statement[:_LONGEST_STATEMENT]}
    return tracing.part(word, facts, "client")


def _end(info: dict[Any, Any], error: BaseException | None = None) -> None:
    under_way: ExitStack | None = info.pop(_UNDER_WAY, None)
    if under_way is not None:
        under_way.__exit__(type(error) if error else None, error, None)
