"""Whether people can log in with the identity provider's tokens."""

from dataclasses import dataclass

from adapters.oidc.keys import KEPT, ProviderKeys
from domain.operations.model import Finding


@dataclass(frozen=True)
class ProviderProbe:
    """Goes by the keys that are held, and asks for them if that is due: however often it is asked, the provider is not."""

    keys: ProviderKeys

    def check(self) -> Finding:
        """A provider that is away is a warning as long as its keys are held."""
        name, standing = "identity_provider", self.keys.standing()
        details = {"keys": standing.keys}
        if standing.failure is None and standing.keys:
            return Finding(name, True, details=details)
        if standing.failure is None:
            cause, mend = "its keys are being asked for", "look again in a moment"
        else:
            cause, mend = str(standing.failure), standing.failure.mend
        if not standing.keys:
            return Finding(name, False, f"no token lets anybody in: {cause}", mend, details)
        kept = f"the keys that are held are used for up to {KEPT / 3600:.0f} hours"
        return Finding(name, True, f"{cause}; {kept}", mend, details)
