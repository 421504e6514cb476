"""Tokens of an identity provider that anybody can read: the text stands for what a test has made it stand for."""

from dataclasses import dataclass, field
from datetime import timedelta

from domain.errors import TokenRefused
from domain.users.model import Identity
from domain.users.ports import Verified
from tests.fakes.clock import HeldClock

ISSUER = "https://issuer.example"
LIFE = timedelta(hours=1)


def an_identity(
    subject: str = "user-1", email: str | None = "new@example.com", **changes: object
) -> Identity:
    """Somebody whose e-mail the provider vouches for."""
    told: dict[str, object] = {
        "issuer": ISSUER,
        "email_verified": email is not None,
        "first_name": "Neu",
        "last_name": "Gier",
    }
    return Identity(subject=subject, email=email, **{**told, **changes})  # type: ignore[arg-type] # callers name its fields


@dataclass
class PlainBearers:
    """Knows the tokens that it has issued."""

    clock: HeldClock
    issued: dict[str, Verified] = field(default_factory=dict)

    def issue(self, identity: Identity, life: timedelta = LIFE) -> str:
        """A token that stands for this identity for so long."""
        text = f"token-{len(self.issued)}"
        self.issued[text] = Verified(identity, self.clock.now() + life)
        return text

    def verify(self, text: str) -> Verified:
        """What the token stands for."""
        found = self.issued.get(text)
        if found is None or found.good_until <= self.clock.now():
            raise TokenRefused("This token is not good here.")
        return found
