"""Passwords at rest: Argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

#: OWASP's recommendation of 19 MiB, two passes, one lane: about 30 ms here, and both time and memory for who guesses.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Argon2Passwords:
    """Hashes and checks passwords."""

    def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and salt."""
        return _HASHER.hash(_bytes(password))

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash; an unreadable hash is ``False``."""
        try:
            return _HASHER.verify(password_hash, _bytes(password))
        except (VerificationError, ValueError):  # the latter for what is no hash, or not even ASCII
            return False

    def outdated(self, password_hash: str) -> bool:
        """Whether it was made with weaker parameters than today's; an unreadable hash is ``True``."""
        try:
            return _HASHER.check_needs_rehash(password_hash)
        except ValueError:
            return True


def _bytes(password: str) -> bytes:
    # JSON can carry half a surrogate pair, which strict UTF-8 refuses.
    return password.encode("utf-8", "surrogatepass")
