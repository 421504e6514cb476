"""AWS's Security Token Service, playing a script."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from domain.clock import Clock
from domain.gateway.model import AwsCredentials


@dataclass
class ScriptedRoles:
    """Lends credentials for an hour; raises what is in ``trouble``, one for each call. ``assumed`` remembers the calls."""

    clock: Clock
    trouble: deque[Exception] = field(default_factory=deque)
    assumed: list[tuple[str, str]] = field(default_factory=list)

    def credentials(self, role_arn: str, external_id: str, *, anew: bool = False) -> AwsCredentials:
        self.assumed.append((role_arn, external_id))
        if self.trouble:
            raise self.trouble.popleft()
        return AwsCredentials("ASIA1", "secret", "token", self.clock.now() + timedelta(hours=1))
