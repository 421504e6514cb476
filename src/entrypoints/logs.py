"""Logging: one line per event on stderr, with the ids of what it belongs to, and without secrets.

Secrets live in types that do not print them. The redaction here is the second line of defence: a filter on the
handler, behind every library's logger. Ids are bound by :func:`bind`, and taken from there when a line is written.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

REDACTED = "[redacted]"
#: What a line may belong to. Bound by whoever begins the work, inherited by everything below.
CONTEXT_IDS = ("request_id", "user_id", "connection_id", "run_id", "trace_id")

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context", default=MappingProxyType({}))
_plain = logging.Formatter()
#: What every record has; whatever else is on one came in by ``extra=``.
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

#: Names whose values are secret wherever they stand: in JSON, in a form, in a query string, in a repr.
_NAMES = (
    r"(?:client_?secret|(?:refresh|access|id|security|restricted_?data)[-_]?token|spapi_oauth_code|password|passwd"
    r"|secret_?key|token_?encryption_?keys|api_?key"
    r"|secret_?access_?key|x-amz-(?:signature|security-token|credential)|code_?verifier|authorization|cookie)"
)
#: What may stand between a name and its value, and a value: in its quotes, without, or cut off before the second one.
_IS = r"""\\?["']?\s*(?:[:=]|%3D)\s*"""
_VALUE = (
    r"""(?:\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&,;"'\\})\]]+|\\?["'][^\r\n]*)"""
)
_REST = r"""[^\s"'&,;<>)}\]\\]*"""
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Login with Amazon's tokens and secrets, our API keys, Shopify's tokens, our envelopes, JWTs: known by how they
        # begin.
        (rf"Atz(?:[ar]|\.sprdt)(?:\||%7C){_REST}", REDACTED),
        (rf"amzn1\.oa2-cs\.{_REST}", REDACTED),
        (r"\bpk_[\w-]{43}", REDACTED),
        (r"shp(?:at|ca|pa|ss|rt|ua)_[a-z0-9]+", REDACTED),
        (r"\bv1\.[\w-]{1,32}\.[\w+/=-]{12,}\.[\w+/=-]+", REDACTED),
        (r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+", REDACTED),
        (r"\b(Bearer|Basic)\s+(?!\[redacted\])[\w.~+/|=-]+", rf"\1 {REDACTED}"),
        # The password in the address of a database or a cache.
        (r"(\w://[^\s/:@]*):[^\s/@]+@", rf"\1:{REDACTED}@"),
        # A code or a state opens a door as long as it lives; outside of addresses, `code` is an error's code.
        (r"""((?:[?&]|%3F|%26)(?:code|state)(?:=|%3D))(?:(?!%26)[^\s&#"'<>])+""", rf"\1{REDACTED}"),
        (rf"(cookie{_IS})[^\r\n]+", rf"\1{REDACTED}"),
        (rf"({_NAMES}{_IS})(?!\[redacted\]){_VALUE}", rf"\1{REDACTED}"),
    )
)
#: What ends a line somewhere, or tells a terminal to do something.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SECRET_NAME = re.compile(rf"{_NAMES}\Z", re.IGNORECASE)


def redact(text: str) -> str:
    """The text with every secret in it that can be told by its looks or its name blotted out."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


@contextmanager
def bind(**ids: object) -> Iterator[None]:
    """Put these ids on every line logged inside the block, in this thread or task; None leaves one out.

    Raises:
        ValueError: an id is none of CONTEXT_IDS; the caller has to mend it.
    """
    unknown = set(ids) - set(CONTEXT_IDS)
    if unknown:
        raise ValueError(f"not a context id: {', '.join(sorted(unknown))}")
    added = {name: str(value) for name, value in ids.items() if value is not None}
    token = _context.set({**_context.get(), **added})
    try:
        yield
    finally:
        _context.reset(token)


def bound_ids() -> dict[str, str]:
    """The ids bound here, to be bound again in another thread."""
    return dict(_context.get())


class Redaction(logging.Filter):
    """Blots out secrets in a record's message, arguments, extras and exception, before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through."""
        record.msg, record.args = redact(_message(record)), None
        for name in _extras(record):
            setattr(record, name, _clean(getattr(record, name), name))
        if record.exc_info and not record.exc_text:
            # Formatters take the text that is there, and do not make it anew from the exception.
            record.exc_text = _plain.formatException(record.exc_info)
        record.exc_text = redact(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = redact(record.stack_info) if record.stack_info else record.stack_info
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, ids, extras, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line = {"time": _time(record), "level": record.levelname, "logger": record.name}
        line |= {"message": record.getMessage()}
        exception = _exception(record)
        line |= {"exception": exception} if exception else {}
        written = json.dumps({**_context.get(), **_extras(record), **line}, ensure_ascii=False, default=str)
        return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


class TextFormatter(logging.Formatter):
    """A line for a person: time, level, logger, message, then ids and extras as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its traceback below."""
        details = "".join(f" {name}={value}" for name, value in {**_context.get(), **_extras(record)}.items())
        # A line break in a message would let a stranger's text look like a line of ours.
        message = _CONTROL.sub(_spelled, f"{record.getMessage()}{details}")
        line = f"{_time(record)} {record.levelname:<8} {record.name}: {message}"
        exception = _CONTROL_BUT_BREAKS.sub(_spelled, _exception(record))
        return f"{line}\n{exception}" if exception else line


def _spelled(character: re.Match[str]) -> str:
    return ascii(character[0])[1:-1]


def configure_logging(
    log_format: str | None = None, level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send everything that is logged in this process to stderr. Calling it again replaces what it did before.

    Args:
        log_format: ``text`` or ``json``; by default text on a terminal, else json.
        level: The least important level that is shown.
        stream: Somewhere else than stderr.
    """
    target = stream or sys.stderr
    handler = _PortsideHandler(target)
    handler.addFilter(Redaction())
    as_text = log_format == "text" or (log_format is None and target.isatty())
    handler.setFormatter(TextFormatter() if as_text else JsonFormatter())
    root = logging.getLogger()
    for earlier in [one for one in root.handlers if isinstance(one, _PortsideHandler)]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    root.setLevel(level)
    # Gunicorn brings handlers of its own; its lines go the same way as all others, and lose their secrets there.
    for server in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(server).handlers.clear()
        logging.getLogger(server).propagate = True
    # These write what they send, headers and bodies included, once they may say DEBUG.
    for chatty in ("urllib3", "botocore", "requests_oauthlib", "authlib"):
        logging.getLogger(chatty).setLevel(max(logging.INFO, logging.getLevelName(level)))
    # It greets whoever migrates; what was changed, we say ourselves.
    logging.getLogger("alembic").setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.captureWarnings(True)


class _PortsideHandler(logging.StreamHandler[TextIO]):
    """Ours, to be found again when logging is configured once more."""


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A slip in the calling line must neither stop its work nor print the arguments as they are.
        return f"{record.msg} (the arguments of this line do not fit it, {record.pathname}:{record.lineno})"


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _ORDINARY}


def _exception(record: logging.LogRecord) -> str:
    text = record.exc_text or (_plain.formatException(record.exc_info) if record.exc_info else "")
    return "\n".join(part for part in (text, record.stack_info) if part)


def _clean(value: object, name: str = "") -> Any:
    """The same shape with every secret inside blotted out; a secret's name is enough to hide its value."""
    if value is not None and _SECRET_NAME.search(name):
        return REDACTED
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {redact(str(key)): _clean(inner, str(key)) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case bytes():
            return redact(value.decode(errors="replace"))
        case _:
            return redact(str(value))
