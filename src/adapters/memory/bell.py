"""The bell within one process: whoever has written events rings it, after the commit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag


@dataclass
class MemoryBell:
    """Rings for everybody who listens; see ``domain.events.ports.Bell``."""

    _rings: list[Callable[[], None]] = field(default_factory=list, init=False, repr=False)

    def ring(self) -> None:
        """Events were written."""
        for ring in self._rings:
            ring()

    def listen(self, ring: Callable[[], None], stopping: Flag) -> None:
        """Call ``ring`` at every hint, until the flag is up."""
        self._rings.append(ring)
        stopping.wait()
        self._rings.remove(ring)
