"""Whether the client secret works, and for how much longer."""

from dataclasses import dataclass

from domain.clock import Clock
from domain.credentials.model import ROTATION_NOTICE, SECRET_LIFE, ClientSecret
from domain.credentials.shelf import SecretShelf
from domain.operations.model import Finding

_NAME = "client_secret"
_ROTATE = (
    "rotate the secret in the Solution Provider Portal and set AMAZON_LWA_CLIENT_SECRET to the new one and the old one, "
    "separated by a comma; for seven days Amazon accepts both"
)


@dataclass(frozen=True)
class ClientSecretProbe:
    """Looks at what is known of the secrets; LWA is not asked. A coming end is a warning for its last thirty days."""

    shelf: SecretShelf
    clock: Clock
    missing: tuple[str, ...] = ()

    def check(self) -> Finding:
        """Find the secret that lasts longest."""
        if self.missing:
            return Finding(_NAME, True)
        try:
            secrets = [one.secret for one in self.shelf.candidates()]
        except Exception as error:  # noqa: BLE001 - whatever keeps us from looking is what was found
            return Finding(
                _NAME, False, f"it can't be looked at: {error}", "mend the database or the key ring first"
            )
        good = [one for one in secrets if one.refused_at is None]
        if not good:
            cause = "Login with Amazon refuses every client secret (invalid_client): wrong, or older than 180 days"
            mend = "set AMAZON_LWA_CLIENT_SECRET to the client's present secret, and restart"
            return Finding(_NAME, False, cause, mend, {"days_left": 0})
        return self._judged(max(good, key=lambda one: one.ends_at))

    def _judged(self, secret: ClientSecret) -> Finding:
        now = self.clock.now()
        days = secret.days_left(now)
        details: dict[str, object] = {"days_left": max(0, int(days)), "expires_at": secret.ends_at}
        if secret.expires_at is None:
            details["estimated"] = f"{SECRET_LIFE.days} days after it was first seen, at the latest"
        if secret.ends_at - now > ROTATION_NOTICE:
            return Finding(_NAME, True, details=details)
        if days > 0:
            cause = f"the client secret expires in {int(days)} days{'' if secret.expires_at else ' at the latest'}"
            return Finding(_NAME, True, cause, _ROTATE, details)
        # An estimate proves nothing as long as LWA accepts the secret.
        ended = (
            "the client secret has expired" if secret.expires_at else "the client secret should have expired"
        )
        return Finding(_NAME, secret.expires_at is None, ended, _ROTATE, details)
