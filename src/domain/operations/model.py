"""Whether Portside itself is well: one check for each thing that has to be right."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What a check found. ``cause`` and ``mend`` are in words, and empty when all is well."""

    name: str
    ok: bool
    cause: str = ""
    mend: str = ""
