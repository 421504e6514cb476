"""Who is asking: the session cookie, by Flask-Login; and refusing what another site made the browser send."""

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
#: Views for nobody in particular: two let people in, one lets them out, and two answer a browser with a redirect.
_OPEN = frozenset({"users.register", "users.login", "users.logout", "oauth.callback", "oauth.login"})


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


def _load(token: str) -> SessionUser | None:
    user = services().access.user_of(token)
    return SessionUser(user, token) if user else None


def _identify() -> None:
    """Let in who is logged in, before anything of the request is read.

    Only views that need a user cost a look into the database: static files and health checks have none.
    """
    if request.method == "OPTIONS" or request.blueprint in (None, "page", "operations"):
        return
    if isinstance(current_user, SessionUser):
        _admit(current_user.user)
    elif request.endpoint not in _OPEN:
        raise NotLoggedIn("Log in first.")


def _admit(user: User) -> None:
    """The rest of the request is this user's: its log lines, and its work."""
    g.user = user
    g.bindings.enter_context(logs.bind(user_id=user.id))
    g.bindings.enter_context(acting_for(user.id))


def _refuse_other_sites() -> None:
    """An unsafe request that a browser sends for another site rides on our cookie: refused, whoever is logged in."""
    if request.method in _SAFE_METHODS or "Authorization" in request.headers:
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
