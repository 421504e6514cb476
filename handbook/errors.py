"""docs/reference/errors.md, from the table of errors and its words."""

import inspect

from entrypoints.http.error_words import ERROR_WORDS
from entrypoints.http.errors import ANSWERS, HTTP_CODES, STATUS_OF
from handbook.markdown import code, page, table

_ABOUT = """Every error of the API has the same shape ([api.md](../api.md#errors)). Its `error` is one of these codes; its `message`
is for people, and may change."""
_INSIDE = """## Where they come from

What is raised inside, and what is answered. `{channel}` is `amazon`, `ads` or `shopify`: whose error it is."""
_HTTP = """## What HTTP itself refuses

Before anything of ours has looked at the request."""


def errors_page() -> str:
    """All codes, and what stands behind each."""
    codes = [
        (code(name), str(STATUS_OF[name]), words.meaning, words.mend)
        for name, words in sorted(ERROR_WORDS.items(), key=lambda each: STATUS_OF[each[0]])
    ]
    raised = [
        (code(kind.__name__), f"{status} {code(name)}", _first(kind))
        for kind, (status, name) in ANSWERS.items()
    ]
    refused = [(str(status), code(name)) for status, name in HTTP_CODES.items()]
    return page(
        "Errors",
        _ABOUT,
        table(("Code", "Status", "Meaning", "What to do"), codes),
        _INSIDE,
        table(("Raised", "Answered", "When"), raised),
        _HTTP,
        table(("Status", "Answered"), refused),
    )


def _first(kind: type) -> str:
    """The first paragraph of what is said of a class."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split()).replace("``", "`")
