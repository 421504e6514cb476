"""What the value of a setting has to look like, and what to do about one that does not."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, TypeAdapter, ValidationError

from domain.hosts import is_loopback
from domain.tokens.keyring import KeyRing


def _url(text: str) -> str:
    """Any http(s) address without blanks, credentials, query or fragment."""
    if re.search(r"[\s\\\x00-\x1f]", text) or {"{", "}"} & set(text):
        raise ValueError("contains a blank, a backslash or a brace; write it as https://example.com")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError("is not an address; write one such as https://example.com") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise ValueError("is not a web address; begin it with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("carries a user name or password; leave them out")
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("has a query or a fragment; leave out everything from ? or # on")
    return text


def _outbound_url(text: str) -> str:
    """An address that secrets are sent to: encrypted, unless it is on this machine."""
    if urlsplit(_url(text)).scheme == "http" and not is_loopback(urlsplit(text).hostname):
        raise ValueError("uses plain http, which is accepted for loopback hosts only; use https")
    return text


def _regional_url(text: str) -> str:
    """As an outbound address, but ``{region}`` may stand anywhere in it."""
    _outbound_url(text.replace("{region}", "na"))
    return text


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _refusing(pattern: str, message: str) -> AfterValidator:
    """Refuses what begins like the pattern: a known mistake, with its mend."""

    def check(value: str | SecretStr) -> str | SecretStr:
        if re.match(pattern, _text(value), re.DOTALL):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _matching(pattern: str, message: str) -> AfterValidator:
    """Refuses what is not, from end to end, like the pattern."""
    return _refusing(rf"(?!(?:{pattern})\Z)", message)


_SHOPIFY = ".myshopify.com"


def shop_domain(text: str) -> str:
    """As the channel's adapter names stores, which settings can't ask: a test holds the two together."""
    shop = f"{text.lower().removesuffix(_SHOPIFY)}{_SHOPIFY}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,61}\.myshopify\.com", shop):
        raise ValueError("is not a store; write your-store.myshopify.com, without https://")
    return shop


def _shopify_scopes(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    if not all(re.fullmatch(r"[a-z_]{1,64}", name) for name in names):
        raise ValueError("is not a list of scopes; write them like read_orders,read_products")
    if {"read_orders", "write_orders"}.isdisjoint(names):
        raise ValueError("lacks read_orders, without which there is nothing to sync")
    return ",".join(dict.fromkeys(names))


def _database_url(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    scheme, separator, rest = text.partition("://")
    if not separator or re.search(r"\s", text):
        raise ValueError("is not a database address; write sqlite:///path or postgresql://user@host/name")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        return SecretStr(f"postgresql+psycopg://{rest}")
    if scheme not in {"sqlite", "sqlite+pysqlite"}:
        raise ValueError("names a database or driver that is not supported; use sqlite:// or postgresql://")
    return secret


def _key_ring(secret: SecretStr) -> SecretStr:
    try:
        KeyRing.parse(secret.get_secret_value())
    except ValueError as error:
        raise ValueError(f"{error}; `portside keys generate` prints a good one") from error
    return secret


def _client_secrets(secrets: SecretStr) -> SecretStr:
    first, *others = secrets.get_secret_value().split(",")
    parts = [first.rstrip(), *(part.lstrip() for part in others)] if others else [first]
    if len(parts) > 2:
        raise ValueError("holds more than two secrets; Amazon accepts the new one and the one before it")
    for part in parts:
        try:
            _ONE_CLIENT_SECRET.validate_python(part)
        except ValidationError as error:
            detail = error.errors(include_input=False, include_url=False)[0]
            raise ValueError(str(detail["ctx"]["error"])) from None
    if others and (not all(parts) or len(set(parts)) < len(parts)):
        raise ValueError("has the same secret, or none, on both sides of its comma")
    return SecretStr(",".join(parts))


_without_slash = AfterValidator(lambda text: text.rstrip("/"))
lower = BeforeValidator(lambda text: text.lower() if isinstance(text, str) else text)
upper = BeforeValidator(lambda text: text.upper() if isinstance(text, str) else text)

PublicUrl = Annotated[str, AfterValidator(_url), _without_slash]
OutboundUrl = Annotated[str, AfterValidator(_outbound_url)]
WholeRegionalUrl = Annotated[str, AfterValidator(_regional_url)]
RegionalBaseUrl = Annotated[str, AfterValidator(_regional_url), _without_slash]

Word = Annotated[str, _refusing(r".*\s", "contains a blank; copy it again, in one piece")]
ApplicationId = Annotated[
    Word, _refusing(r"amzn1\.application-oa2", "is the client id; this one begins with amzn1.sp.solution.")
]
ClientId = Annotated[
    Word,
    _refusing(
        r"amzn1\.sp\.solution", "is the application id; a client id begins with amzn1.application-oa2."
    ),
    _refusing(r"amzn1\.oa2-cs", "is the client secret; a client id begins with amzn1.application-oa2."),
]
Email = Annotated[str, _matching(r"[^@\s]+@[^@\s]+", "is not an e-mail address; write name@example.com")]
RoleArn = Annotated[
    str, _matching(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", "is not a role; write arn:aws:iam::…:role/…")
]
AwsRegion = Annotated[
    str, _matching(r"[a-z]{2}(-[a-z]+)+-\d", "is not an AWS region; write one such as us-east-1 or eu-west-1")
]

#: A secret as it was issued: what copying and pasting does to one is pointed out.
Secret = Annotated[
    SecretStr,
    _refusing(r".*\s", "contains a blank or a line break; copy it again, in one piece"),
    _refusing(r".*(\.\.\.|…)\Z|[*•]+\Z", "is a shortened or masked copy; copy the whole value"),
    _refusing(r"""(".*"|'.*'|<.*>)\Z""", "still has its quotes or angle brackets; leave them out"),
]
ClientSecret = Annotated[
    Secret, _refusing(r"amzn1\.application-oa2-client", "is the client id; the secret stands beside it")
]
_ONE_CLIENT_SECRET: TypeAdapter[SecretStr] = TypeAdapter(ClientSecret)
RefreshToken = Annotated[
    Secret,
    _refusing(r"Atza\|", "is an access token, which lives for an hour; a refresh token begins with Atzr|"),
    _refusing(r"Atzr\|?\Z", "is cut off at its |, as a shell does; put the value in single quotes"),
]
#: One secret, or two of them while Amazon accepts both: the new one, a comma, the old one.
ClientSecrets = Annotated[SecretStr, AfterValidator(_client_secrets)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
RedisUrl = Annotated[
    SecretStr, _matching(r"(rediss?|unix)://\S+", "is not a Redis address; write redis://host:6379/0")
]
ShopifyScopes = Annotated[str, AfterValidator(_shopify_scopes)]
KeyRingText = Annotated[SecretStr, AfterValidator(_key_ring)]
