"""SP-API's errors: raised anywhere below the front, which gives them their shape."""

from __future__ import annotations

from typing import Any


class SpApiError(Exception):
    """An answer of SP-API that is an error."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def as_json(self) -> Any:
        return {"errors": [{"code": self.code, "message": self.message, "details": self.details}]}


class BareListError(SpApiError):
    """An error whose answer is the list alone. Source: the model of Listings Restrictions 2021-08-01."""

    def as_json(self) -> Any:
        return [{"code": self.code, "message": self.message}]


MISSING_TOKEN = "Access token is missing in the request header."
EXPIRED_TOKEN = "The access token you provided has expired."
BAD_TOKEN = "The access token you provided is revoked, malformed or invalid."
WRONG_REGION = "The marketplaces you provided are not valid for region."


def invalid_input(message: str, details: str = "") -> SpApiError:
    return SpApiError(400, "InvalidInput", message, details)


def not_found(message: str, details: str = "") -> SpApiError:
    return SpApiError(404, "NotFound", message, details)


def denied(details: str = "") -> SpApiError:
    """403: the message is always the same, only the details tell the causes apart, and they may be empty."""
    return SpApiError(403, "Unauthorized", "Access to requested resource is denied.", details)
