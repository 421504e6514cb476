"""Who is asking: by an API key, by an identity provider's token, or by the session cookie (Flask-Login).

And refusing what other sites make browsers send.
"""

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from domain.acting import acting_for
from domain.errors import NotAllowed, NotFound, NotLoggedIn, TokenRefused
from domain.users.api_keys import PREFIX
from domain.users.identities import Admitted
from domain.users.model import User, UserId
from entrypoints import logs
from entrypoints.http import arrivals
from entrypoints.http.context import services, settings, this_browser, user, visitor
from entrypoints.http.described import Access, described_here
from entrypoints.http.errors import CrossSiteRequest

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where a session is looked for; elsewhere it costs no look into the database.
_BY_SESSION = frozenset({Access.USER, Access.PERSON, Access.EITHER, Access.BROWSER})
#: Where a key or token is.
_BY_PROGRAM = frozenset({Access.USER, Access.PERSON, Access.EITHER})
#: Who gets no further without any of them.
_CLOSED = frozenset({Access.USER, Access.PERSON})
#: In the signed cookie: whom a browser without a session was sent to a consent page for.
_CONSENTING = "consenting"
#: Where clients of SP-API put their token. Those that are pointed at the proxy have an API key there.
_SP_API_HEADER = "x-amz-access-token"


class SessionUser(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Flask-Login's view of a user. Its id is the session's token, so that a session can end on the server."""

    def __init__(self, user: User, session_token: str, figures_version: int | None = None) -> None:
        self.user = user
        self.figures_version = figures_version  # as of this request
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
    """The token of the session that this request belongs to; a cookie beside a key or token counts for nothing."""
    if _by_what_it_shows() or not isinstance(current_user, SessionUser):
        return None
    return current_user.session_token


def begin_consent() -> str:
    """The text that only this browser has. A front end that shows a token has no session that the browser could come
    back with from the consent page: then the signed cookie says for whom it went there, and lets in to nothing else.
    """
    if _by_what_it_shows():
        session[_CONSENTING] = str(user().id)
    else:
        session.pop(_CONSENTING, None)
    return this_browser()


def consenting() -> User:
    """Who comes back from a consent page: whoever this browser was sent there for.

    Raises:
        NotLoggedIn: nobody.
    """
    sent = session.pop(_CONSENTING, None)
    if sent is None:
        return user()
    try:
        found = services().access.known(UserId(UUID(str(sent))))
    except NotFound as gone:
        raise NotLoggedIn("The user who asked for this is gone.") from gone
    _admit(found)
    return found


def still_good() -> Callable[[], bool]:
    """Whether what let this request in would still do so: to be asked again when the request is long over."""
    found = services()
    admitted, identities = _admitted(), found.identities
    if admitted is not None and identities is not None:
        return lambda: identities.still_good(admitted)
    key = _shown() if by_key() else None
    if key is not None:
        return lambda: found.api_keys.user_of(key) is not None
    token = session_token()
    return lambda: token is not None and found.access.logged_in(token) is not None


def _load(token: str) -> SessionUser | None:
    found = services().access.logged_in(token)
    return SessionUser(found.user, token, found.figures_version) if found else None


def by_key() -> bool:
    """Whether the request has shown a good API key, and is let in by it."""
    return g.get("by_key", False) is True


def _admitted() -> Admitted | None:
    """Who was let in by the identity provider's token that the request shows."""
    found: Admitted | None = g.get("admitted")
    return found


def _by_what_it_shows() -> bool:
    """Whether the request is let in by a key or token in its headers, which no browser adds by itself."""
    return by_key() or _admitted() is not None


def _identify_program() -> None:
    """Let in who shows a good key or token. One that is no good lets nobody in, whatever cookie comes along with it."""
    access = _access()
    if access not in _BY_PROGRAM:
        return
    shown = _shown()
    if shown is None:
        return
    identities = services().identities
    if identities is not None and not shown.startswith(PREFIX):
        g.admitted = identities.admit(shown, visitor())
        _admit(g.admitted.user)
        return
    owner = services().api_keys.user_of(shown)
    if owner is None:
        raise TokenRefused("This API key is not good: it may have been deleted. Make one, or log in.")
    g.by_key = True
    _admit(owner)
    if access is Access.PERSON:
        raise NotAllowed("An API key can't do this: log in.")


def _shown() -> str | None:
    """The key or token that a request shows; ``None`` without one."""
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    return request.headers.get(_SP_API_HEADER) if request.blueprint == "proxy" else None


def _access() -> Access:
    """Who may call what was asked for: its description says so. What says nothing of itself is for users alone."""
    if request.method == "OPTIONS" or request.endpoint is None:
        return Access.ANYBODY
    said = described_here()
    return Access.USER if said is None else said.access


def _identify() -> None:
    """Let in who is logged in, before anything of the request is read."""
    access = _access()
    if _by_what_it_shows() or access not in _BY_SESSION:
        return
    if isinstance(current_user, SessionUser):
        _admit(current_user.user, current_user.figures_version)
    elif access in _CLOSED:
        raise NotLoggedIn("Log in first.")


def _admit(user: User, figures_version: int | None = None) -> None:
    """The rest of the request is this user's: its log lines, and its work.

    Whoever is let in as somebody else than before is so without a number: the one that was told is another user's.
    """
    g.user, g.figures_version = user, figures_version
    g.bindings.enter_context(logs.bind(user_id=user.id))
    g.bindings.enter_context(acting_for(user.id))


def _refuse_other_sites() -> None:
    """An unsafe request that a browser sends for another site rides on our cookie: refused, whoever is logged in.

    What shows a good key or token does not: no browser adds one for another site. Any other header proves nothing.
    """
    if request.method in _SAFE_METHODS or _by_what_it_shows() or _access() is Access.SIGNED:
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
