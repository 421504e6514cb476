"""The Flask application: blueprints, errors, and what every answer carries."""

import logging
import re
import time
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from domain.acting import nobody
from domain.operations.tracing import Span, Unfollowed
from domain.users.access import SESSION_LIFE
from entrypoints import logs
from entrypoints.http import (
    account_registrations,
    accounts,
    ads_oauth,
    ads_performance,
    ads_reports,
    ads_schedules,
    api_keys,
    audit,
    auth,
    connections,
    context,
    dashboards,
    diagnosis,
    errors,
    events,
    oauth,
    operations,
    page,
    products,
    proxy,
    reference,
    report_downloads,
    reports,
    shopify,
    stock,
    sync,
    usage,
    users,
)
from entrypoints.http.answer_heads import FIGURE_HEADERS
from entrypoints.services import Services
from entrypoints.settings import Settings

log = logging.getLogger(__name__)

#: No request of ours needs more.
LARGEST_BODY = 2**20
#: Asked again and again by machines, or for what never changes: not worth a line each.
_QUIET = ("page", "operations", "reference")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def create_app(services: Services, settings: Settings, secret_key: str) -> Flask:
    """The application over these services. Starts nothing."""
    app = _bare(services, settings)
    app.config.update(
        SECRET_KEY=secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=SESSION_LIFE.total_seconds()),
        SESSION_COOKIE_NAME="portside_session" if not settings.is_production else "__Host-portside_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.portside_env != "development",
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    auth.register(app)
    errors.register(app)
    for module in (
        accounts,
        ads_oauth,
        account_registrations,
        users,
        api_keys,
        oauth,
        connections,
        shopify,
        products,
        proxy,
        usage,
        reports,
        report_downloads,
        sync,
        events,
        dashboards,
        stock,
        ads_performance,
        ads_reports,
        ads_schedules,
        audit,
        diagnosis,
        operations,
        reference,
        page,
    ):
        app.register_blueprint(module.bp)
    _believe_proxies(app, settings.trusted_proxies)
    return app


def create_operations_app(services: Services, settings: Settings) -> Flask:
    """Health and metrics of these services, and nothing else: for a process that serves no people."""
    app = _bare(services, settings)
    errors.register(app)
    app.register_blueprint(operations.bp)
    return app


def provide(app: Flask, services: Services, settings: Settings) -> None:
    """Hand the views, and the process around them, what they work with; nothing else in an application knows of it."""
    app.extensions["portside"] = services
    app.extensions["portside_settings"] = settings
    app.extensions["portside_farewell"] = services.live.close


def _bare(services: Services, settings: Settings) -> Flask:
    app = Flask("portside", static_folder=None)
    # An address that is not quite right is not found: a redirect to the right one would believe the Host header.
    app.url_map.merge_slashes = False
    provide(app, services, settings)
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_unbind)
    return app


def _believe_proxies(app: Flask, number: int) -> None:
    """Take the visitor's address, and whether it came by https, from the proxies that stand in front of us.

    Each proxy adds the address that it was called from at the end; what stands before that, anybody may have written.
    The scheme is the nearest one's word, since proxies put it in the place of what was there. The host is that of
    ``Host``: X-Forwarded-Host is believed from nobody, since many proxies hand on a visitor's own.
    """
    if number:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=1, x_host=0)  # type: ignore[method-assign]


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    g.started = time.perf_counter()
    # Whatever is bound in a request ends with it: its thread goes on to serve somebody else.
    g.bindings = ExitStack()
    g.bindings.enter_context(logs.bind(request_id=g.request_id))
    g.bindings.enter_context(nobody())
    g.span = g.bindings.enter_context(_followed())
    g.bindings.enter_context(logs.bind(trace_id=g.span.trace_id))


def _followed() -> AbstractContextManager[Span]:
    """The request, by the rule that it matched: its address may hold a consent's code, and ids."""
    if request.blueprint in _QUIET:
        return Unfollowed().span("", {})
    route = request.url_rule.rule if request.url_rule else "unmatched"
    facts = {"http.request.method": request.method, "http.route": route, "portside.request_id": g.request_id}
    parent = request.headers.get("traceparent")
    return context.services().tracing.span(f"{request.method} {route}", facts, "server", parent)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    _allow_front_end(response)
    seconds = time.perf_counter() - g.started
    route = request.url_rule.rule if request.url_rule else "unmatched"
    context.services().watch.meter.request_answered(request.method, route, response.status_code, seconds)
    g.span.tell({"http.response.status_code": response.status_code})
    if response.status_code >= 500:
        g.span.failed(str(response.status_code))
    if request.blueprint not in _QUIET:
        log.info(
            "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "seconds": round(seconds, 4),
            },
        )
    return response


def _allow_front_end(response: Response) -> None:
    """A front end on an origin of its own may call us, and nobody else's may."""
    origin = request.headers.get("Origin")
    response.vary.add("Origin")
    if origin is None or origin != context.settings().frontend_origin:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Expose-Headers"] = ", ".join(
        (
            "X-Request-Id",
            "Retry-After",
            "ETag",
            "WWW-Authenticate",
            "X-Amzn-RequestId",
            "X-Amzn-RateLimit-Limit",
            *FIGURE_HEADERS,
        )
    )
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        response.headers["Access-Control-Allow-Headers"] = (
            "Content-Type, Authorization, X-Portside, If-None-Match"
        )
        response.headers["Access-Control-Max-Age"] = "600"


def _unbind(_error: BaseException | None) -> None:
    bindings = g.pop("bindings", None)
    if bindings is not None:
        bindings.close()
