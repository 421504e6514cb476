"""Everything secret that an Amazon has issued or been told, overheard at its door."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from flask import Response, request

from entrypoints.simulator.server import SimulatorServer

_TOKENS = ("access_token", "refresh_token")


@dataclass
class Issued:
    """Codes, access tokens and refresh tokens, in the order of their appearance."""

    codes: list[str] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    refresh_tokens: list[str] = field(default_factory=list)

    @classmethod
    def by(cls, amazon: SimulatorServer) -> "Issued":
        """Listen to this Amazon, from its first call on."""
        issued = cls()
        amazon.simulator.app.after_request(issued._overhear)
        return issued

    def everything(self) -> list[str]:
        """All of it."""
        return [*self.codes, *self.access_tokens, *self.refresh_tokens]

    def _overhear(self, response: Response) -> Response:
        if request.path.endswith("/auth/o2/token") and response.is_json:
            answer = response.get_json(silent=True) or {}  # an answer that was torn on purpose tells nothing
            for name in _TOKENS:
                if name in answer:
                    getattr(self, f"{name}s").append(answer[name])
        query = dict(parse_qsl(urlsplit(response.headers.get("Location", "")).query))
        if "spapi_oauth_code" in query:
            self.codes.append(query["spapi_oauth_code"])
        return response
