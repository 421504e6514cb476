"""A check whose outcome a test decides."""

from dataclasses import dataclass

from domain.operations.model import Finding


@dataclass
class ScriptedProbe:
    """Finds what it is told to find; by default that all is well."""

    name: str
    cause: str = ""
    mend: str = ""

    def check(self) -> Finding:
        return Finding(self.name, not self.cause, self.cause, self.mend)
