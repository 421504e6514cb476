"""A check whose outcome a test decides."""

from dataclasses import dataclass

from domain.operations.model import Finding


@dataclass
class ScriptedProbe:
    """Finds what it is told to find; by default that all is well."""

    name: str
    cause: str = ""
    mend: str = ""
    found: Finding | None = None

    def check(self) -> Finding:
        return self.found or Finding(self.name, not self.cause, self.cause, self.mend)
