"""The API's document (OpenAPI 3.1), made from what is said of the views; see ``described``."""

from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

from flask import Flask, current_app
from spectree import SecurityScheme, SecuritySchemeData, SpecTree
from spectree.models import InType, SecureType, Server
from spectree.plugins.flask_plugin import FlaskPlugin
from spectree.response import Response as SpecResponse
from werkzeug.routing import Rule

from entrypoints.http import openapi_refusals
from entrypoints.http.answer_types import Refusal
from entrypoints.http.described import ANY, EVENTS, JSON, Access, Description, Gives, Shape, description_of
from entrypoints.http.openapi_corrections import correct_body, corrected_parameter, named_in
from entrypoints.http.openapi_links import add_links
from entrypoints.http.openapi_tags import in_words

Document = dict[str, Any]
View = Callable[..., object]

_WHAT = (
    "Portside connects sellers' own Amazon, Amazon Ads and Shopify accounts, keeps their data in sync, and serves the figures. "
    "Times are RFC 3339 in UTC, amounts are numbers at the currency's minor unit with the currency beside them. "
    "Every answer carries `X-Request-Id`; every error has the shape of `Refusal`."
)
#: Errors that may say when to come back.
_WAITS = {429: "Seconds to wait.", 503: "Seconds to wait, where that is known."}
_BY_PERSON: list[dict[str, list[str]]] = [{"session": []}, {"oidc": []}]
_SECURITY: dict[Access, list[dict[str, list[str]]]] = {
    Access.USER: [*_BY_PERSON, {"api_key": []}],
    Access.PERSON: _BY_PERSON,
    Access.ANYBODY: [],
    Access.BROWSER: [{}, {"session": []}],
    Access.EITHER: [{}, *_BY_PERSON, {"api_key": []}],
    Access.SIGNED: [{"signature": []}],
}


def document(app: Flask) -> Document:
    """The document of all described views of this application."""
    with app.app_context():
        tree = _tree(app)
        made: Document = tree.spec
    said = {name: (description, rule) for name, description, rule, _method, _view in _described(app)}
    refused: set[tuple[str, ...]] = set()
    for path in made["paths"].values():
        for method, operation in path.items():
            operation["parameters"] = [corrected_parameter(one) for one in operation["parameters"]]
            description, rule = said[operation["operationId"]]
            correct_body(operation, description, method.upper())
            refused |= {*description.refusals(method.upper(), bool(rule.arguments)).values()}
    add_links(made["paths"])
    made["tags"] = in_words(made["tags"])
    made["paths"] = dict(sorted(made["paths"].items()))
    kept = made["components"]["schemas"]
    kept |= openapi_refusals.schemas(refused, kept[Refusal.__name__])
    made["components"]["schemas"] = named_in(made["paths"], kept)
    return made


def operations(app: Flask) -> Iterator[tuple[Rule, str, View]]:
    """Every rule of the application with each of its methods, and the view that answers."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, app.view_functions[rule.endpoint]


class _Views(FlaskPlugin):
    """The application's rules as spectree walks them: each with the view that was prepared for it."""

    prepared: dict[tuple[str, str], View]

    def find_routes(self) -> list[Rule]:
        """Every rule, in the order of the addresses."""
        return sorted(current_app.url_map.iter_rules(), key=str)

    def parse_func(self, route: Rule) -> Iterator[tuple[str, View]]:
        """Each method of a rule with its prepared view."""
        for method in sorted(route.methods or ()):
            view = self.prepared.get((route.rule, method))
            if view is not None:
                yield method, view


class _Answers(SpecResponse):
    """All answers of an operation, as OpenAPI writes them."""

    def __init__(self, description: Description, method: str, has_path: bool) -> None:
        super().__init__()
        self._gives = description.gives
        self._refusals = description.refusals(method, has_path)
        self.code_models = {
            f"{number} {model.__name__}": model
            for number, one in enumerate(self._gives)
            for model in one.models
        }
        self.code_models["refusal"] = Refusal

    def bind_model_adapter(self, model_adapter: Any) -> None:
        """Spectree's own validation of answers is not used; only the schemas are."""
        self.model_adapter = model_adapter

    def add_model(self, *_args: Any, **_options: Any) -> None:
        """Spectree would add its own answer to bad requests; ours are among the refusals."""

    def generate_spec(
        self, naming_strategy: Callable[[type], str] = lambda model: model.__name__
    ) -> Document:
        """The ``responses`` of the operation."""
        answers: Document = {}
        for one in self._gives:
            answers[str(one.status)] = _answer(one, naming_strategy)
        for status, codes in self._refusals.items():
            why = ", ".join(f"`{code}`" for code in codes)
            given = answers.get(str(status), answers.get("default"))
            answers[str(status)] = _beside(given, why, openapi_refusals.named(codes))
            if status in _WAITS:
                answers[str(status)]["headers"] = _headers({"Retry-After": _WAITS[status]})
        return dict(sorted(answers.items()))


def _beside(given: Document | None, why: str, schema: Document) -> Document:
    """An error, beside what the view itself gives with the same status."""
    if given is None:
        return {"description": why, "content": {JSON: {"schema": schema}}}
    content = given["content"]
    either = [content.get(JSON, content.get(ANY))["schema"], schema]
    return {
        "description": f"{given['description']} Or {why}.",
        "content": {**content, JSON: {"schema": {"anyOf": either}}},
    }


def _answer(one: Gives, naming: Callable[[type], str]) -> Document:
    answer: Document = {"description": one.why}
    if one.headers:
        answer["headers"] = _headers(one.headers)
    if one.media:
        answer["content"] = {media: {"schema": _schema(one, media, naming)} for media in one.media}
    return answer


def _headers(said: Mapping[str, str]) -> Document:
    return {name: {"description": why, "schema": {"type": "string"}} for name, why in said.items()}


def _schema(one: Gives, media: str, naming: Callable[[type], str]) -> Document:
    if media == ANY:
        return {}
    if media not in (JSON, EVENTS):  # of a stream, what each event is
        return {"type": "string"}
    if one.model is None:
        return {}
    models = [{"$ref": f"#/components/schemas/{naming(model)}"} for model in one.models]
    model: Document = dict(models[0]) if len(models) == 1 else {"anyOf": models}
    if one.shape is Shape.ENVELOPED:
        parts: Document = {"success": {"const": True}, "data": model}
    elif one.shape is Shape.LISTED:
        parts = {"items": {"type": "array", "items": model}, "next_cursor": {"type": ["string", "null"]}}
    else:
        return model
    return {"type": "object", "required": list(parts), "properties": parts}


def _tree(app: Flask) -> SpecTree:
    tree = SpecTree(
        "flask",
        backend=_Views,
        naming_strategy=lambda model: model.__name__,
        nested_naming_strategy=lambda _parent, child: child,
        annotations=False,
        title="Portside",
        description=_WHAT,
        version=version("portside"),
        servers=[Server(url="/", description="This installation.")],
        security_schemes=_schemes(str(app.config["SESSION_COOKIE_NAME"])),
    )
    prepared = {
        (rule.rule, method): _prepare(tree, view, description, rule, method, name)
        for name, description, rule, method, view in _described(app)
    }
    views = tree.backend
    assert isinstance(views, _Views)
    views.prepared = prepared
    return tree


def _prepare(
    tree: SpecTree, view: View, description: Description, rule: Rule, method: str, name: str
) -> View:
    found: View = tree.validate(
        query=description.query,
        headers=description.headers,
        json=description.body if description.takes_body(method) else None,
        resp=_Answers(description, method, bool(rule.arguments)),
        tags=(description.tag,),
        security=_SECURITY[description.access],
        path_parameter_descriptions=description.path,
        operation_id=name,
        skip_validation=True,
    )(view)
    return found


def _described(app: Flask) -> Iterator[tuple[str, Description, Rule, str, View]]:
    """Each described operation with a name of its own: the view's, and what tells it from others of the same view."""
    seen: dict[str, int] = {}
    for rule, method, view in operations(app):
        description = description_of(view)
        if description is None:
            continue
        name = rule.endpoint.replace(".", "_")
        if len((rule.methods or set()) - {"HEAD", "OPTIONS"}) > 1:
            name = f"{name}_{method.lower()}"
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}", description, rule, method, view


def _schemes(cookie: str) -> list[SecurityScheme]:
    return [
        SecurityScheme(
            name="session",
            data=SecuritySchemeData(
                type=SecureType.API_KEY,
                name=cookie,
                field_in=InType.COOKIE,
                description="The session's cookie, which logging in sets.",
            ),
        ),
        SecurityScheme(
            name="api_key",
            data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer", description="An API key, `pk_…`."),
        ),
        SecurityScheme(
            name="oidc",
            data=SecuritySchemeData(
                type=SecureType.HTTP,
                scheme="bearer",
                bearer_format="JWT",
                description="A token of the installation's OpenID Connect issuer, where one is set.",
            ),
        ),
        SecurityScheme(
            name="signature",
            data=SecuritySchemeData(
                type=SecureType.API_KEY,
                name="X-Shopify-Hmac-Sha256",
                field_in=InType.HEADER,
                description="Shopify's signature of the body.",
            ),
        ),
    ]


def models(app: Flask) -> set[type]:
    """Every model that a view takes or gives."""
    found: set[type] = {Refusal}
    for _rule, _method, view in operations(app):
        description = description_of(view)
        if description is not None:
            asked = (description.query, description.body, description.headers)
            found |= {one for one in asked if one is not None}
            found |= {model for one in description.gives for model in one.models}
    return found
