"""What the simulated Ads API is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AdsConfig:
    """The Ads API beside a simulated Amazon.

    Attributes:
        approved: Amazon has given the client access to the Ads API; without it every consent ends as ``invalid_scope``.
        redirect_uris: registered redirect URIs; loopback addresses are registered always.
        accounts: how many global ads accounts the agency's person sees at least; invented ones fill up. Likewise:
        profiles: over all three regions, and
        advertisers: of DSP, over the two agencies.
        terms_needed: a registration needs a terms token.
        registration_seconds: from asking for an account to its end.
    """

    client_id: str = "amzn1.application-oa2-client.portside-simulator-ads"
    client_secret: str = field(default="amzn1.oa2-cs.v1.portside-simulator-ads", repr=False)
    approved: bool = True
    redirect_uris: tuple[str, ...] = ()
    accounts: int = 0
    profiles: int = 0
    advertisers: int = 5
    terms_needed: bool = True
    registration_seconds: float = 9

    def __post_init__(self) -> None:
        """Raises:
        ValueError: a figure is out of range; the message names it.
        """
        for name in ("accounts", "profiles", "advertisers"):
            if not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must be from 0 to {MOST}")
        if self.registration_seconds < 0:
            raise ValueError("registration_seconds must not be below 0")

    def is_client(self, client_id: str, client_secret: str) -> bool:
        return (client_id, client_secret) == (self.client_id, self.client_secret)


#: Amazon lists so many profiles at most.
MOST = 5_000
