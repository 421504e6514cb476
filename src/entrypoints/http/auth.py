"""Who is asking: by an API key, or by the session cookie (Flask-Login); and refusing what other sites make browsers send."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from domain.acting import acting_for
from domain.errors import NotLoggedIn
from domain.users.model import User
from entrypoints import logs
from entrypoints.http import arrivals
from entrypoints.http.context import services, settings
from entrypoints.http.errors import CrossSiteRequest

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Views for nobody in particular: two let people in, one lets them out, and three answer a browser with a redirect.
_OPEN = frozenset(
    {
        "users.register",
        "users.login",
        "users.logout",
        "oauth.callback",
        "oauth.login",
        "ads_oauth.callback",
        "shopify.callback",
    }
)
#: Who is not logged in may ask these too, and is sent on, or refused, by them.
_EITHER = frozenset({"shopify.authorize"})
#: These heed no cookie and no key: what they are sent carries its own proof.
_SIGNED = frozenset({"shopify.webhook"})
#: Where clients of SP-API put their token. Those that are pointed at the proxy have an API key there.
_SP_API_HEADER = "x-amz-access-token"


class SessionUser(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Flask-Login's view of a user. Its id is the session's token, so that a session can end on the server."""

    def __init__(self, user: User, session_token: str) -> None:
        self.user = user
        self.session_token = session_token

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie."""
        return self.session_token


def register(app: Flask) -> None:
    """Ask at every request."""
    manager = LoginManager()
    # Sessions are bound on the server; Flask-Login's own binding would believe any X-Forwarded-For.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
    app.before_request(_identify_program)
    app.before_request(_refuse_other_sites)
    app.before_request(_identify)


def log_in(user: User, session_token: str) -> None:
    """Begin a session in this browser; what was in the cookie before is forgotten.

    A seller whom Amazon's page has sent here to log in goes on from there.
    """
    arrival = session.get(arrivals.KEY)
    session.clear()
    if arrival is not None:
        session[arrivals.KEY] = arrival
    session.permanent = True
    login_user(SessionUser(user, session_token))
    _admit(user)


def session_token() -> str | None:
    """The token of the session that this request belongs to."""
    return current_user.session_token if isinstance(current_user, SessionUser) else None


def still_good() -> Callable[[], bool]:
    """Whether what let this request in would still do so: to be asked again when the request is long over."""
    found = services()
    key = _shown_key() if by_key() else None
    if key is not None:
        return lambda: found.api_keys.user_of(key) is not None
    token = session_token()
    return lambda: token is not None and found.access.user_of(token) is not None


def _load(token: str) -> SessionUser | None:
    user = services().access.user_of(token)
    return SessionUser(user, token) if user else None


def by_key() -> bool:
    """Whether the request has shown a good API key, and is let in by it."""
    return g.get("by_key", False) is True


def _identify_program() -> None:
    """Let in who shows a good key. One that is no good lets nobody in, whatever cookie comes along with it."""
    if not _needs_user() or request.endpoint in _OPEN | _SIGNED:
        return
    key = _shown_key()
    if key is None:
        return
    owner = services().api_keys.user_of(key)
    if owner is None:
        raise NotLoggedIn("This API key is not good: it may have been deleted. Make one, or log in.")
    g.by_key = True
    _admit(owner)


def _shown_key() -> str | None:
    """The key that a request shows; ``None`` without one."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    return request.headers.get(_SP_API_HEADER) if request.blueprint == "proxy" else None


def _needs_user() -> bool:
    """Only views that need a user cost a look into the database: static files and health checks have none."""
    return request.method != "OPTIONS" and request.blueprint not in (None, "page", "operations")


def _identify() -> None:
    """Let in who is logged in, before anything of the request is read."""
    if by_key() or not _needs_user() or request.endpoint in _SIGNED:
        return
    if isinstance(current_user, SessionUser):
        _admit(current_user.user)
    elif request.endpoint not in _OPEN | _EITHER:
        raise NotLoggedIn("Log in first.")


def _admit(user: User) -> None:
    """The rest of the request is this user's: its log lines, and its work."""
    g.user = user
    g.bindings.enter_context(logs.bind(user_id=user.id))
    g.bindings.enter_context(acting_for(user.id))


def _refuse_other_sites() -> None:
    """An unsafe request that a browser sends for another site rides on our cookie: refused, whoever is logged in.

    What shows a good API key does not: no browser adds one for another site. Any other header proves nothing.
    """
    if request.method in _SAFE_METHODS or by_key() or request.endpoint in _SIGNED:
        return
    origin = request.headers.get("Origin")
    if origin is not None and _is_ours(origin):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site == "same-origin" or (site in (None, "none") and origin is None):
        return
    raise CrossSiteRequest("This request was sent by another site.")


def _is_ours(origin: str) -> bool:
    public = urlsplit(settings().public_url)
    own = f"{public.scheme}://{public.netloc}"
    return origin in (own, settings().frontend_origin, request.host_url.rstrip("/"))
