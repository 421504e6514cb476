"""The instance folder: what one installation keeps for itself. Outside production, that includes its secrets."""

import base64
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from domain.errors import KeyUnavailable
from domain.tokens.keyring import KEY_BYTES, FixedRing, KeyRing, RingSource
from entrypoints.settings import Problem, Settings, SettingsError

_KEYS = "token_keys"
#: Whoever edits the file in place may not be done before.
_EDITING_SECONDS = 1.0


@dataclass(frozen=True)
class Instance:
    """The folder, and the secrets that this installation runs on. The key ring is told as it is now."""

    folder: Path
    secret_key: SecretStr
    key_ring: RingSource = field(repr=False)


@dataclass
class KeptRing:
    """The ring in the instance folder's file, read anew when the file has changed: no process has to be restarted."""

    path: Path
    _known: tuple[tuple[int, int, int], KeyRing] | None = field(
        default=None, init=False, compare=False, repr=False
    )

    def __call__(self) -> KeyRing:
        """The ring.

        Raises:
            KeyUnavailable: the file is gone or damaged; the operator restores it.
        """
        known = self._known
        try:
            there = self.path.stat()
            mark = (there.st_ino, there.st_mtime_ns, there.st_size)
            if known is not None and known[0] == mark:
                return known[1]
            ring = KeyRing.parse(self.path.read_text(encoding="utf-8").strip())
        except FileNotFoundError as error:
            raise KeyUnavailable(f"The key ring {self.path} is gone; restore that file.") from error
        except OSError as error:
            raise KeyUnavailable(
                f"The key ring {self.path} can't be read ({error.strerror}); let this user read it."
            ) from error
        except ValueError as error:
            if known is not None and time.time() - there.st_mtime < _EDITING_SECONDS:
                return known[1]
            raise KeyUnavailable(
                f"The key ring {self.path} is damaged: {error}; restore that file."
            ) from error
        self._known = (mark, ring)
        return ring


def open_instance(settings: Settings) -> Instance:
    """Make the instance folder if need be, and bring the secrets together.

    What the settings hold is taken from there. The rest is generated once and kept in the folder, for every
    later start and every other process; never in production, where load_settings insists on both.

    Raises:
        SettingsError: the folder or a file in it can't be used; says which, for the operator to mend.
    """
    with _usable(settings.portside_instance) as folder:
        secret_key = settings.secret_key or _kept(settings, "secret_key", new_secret_key)
        return Instance(folder, secret_key, _ring(settings))


def put_in_front(settings: Settings) -> str:
    """Generate a key and put it in front of the instance folder's ring; returns its id.

    The file is replaced as a whole and is safe on the disk before anybody seals with the key. Every process that runs
    on the folder takes it from there by itself.

    Raises:
        SettingsError: the keys stand in the settings, or the folder can't be used.
    """
    if settings.token_encryption_keys is not None:
        message = "is set, so the keys are kept there and not in the instance folder: add the new key to it yourself"
        raise SettingsError((Problem("TOKEN_ENCRYPTION_KEYS", message),))
    with _usable(settings.portside_instance) as folder, _alone(folder):
        path = folder / _KEYS
        _ring(settings)  # generated, if this is the very first start; damaged, if it can't be added to
        entry = new_token_key()
        _replace(path, f"{entry},{path.read_text(encoding='utf-8').strip()}")
    return entry.partition(":")[0]


def new_secret_key() -> str:
    """A key to sign session cookies with: 384 random bits."""
    return secrets.token_urlsafe(48)


def new_token_key() -> str:
    """A new entry for TOKEN_ENCRYPTION_KEYS, under an id of its own."""
    return f"k{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@contextmanager
def _usable(folder: Path) -> Iterator[Path]:
    """The folder, made if need be; what the file system refuses inside the block is told as the setting's fault."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield folder
    except (OSError, UnicodeDecodeError) as error:
        place = getattr(error, "filename", None) or folder
        problem = Problem(
            "PORTSIDE_INSTANCE", f"{place} can't be used; it must be this user's to read and write"
        )
        raise SettingsError((problem,)) from error


def _ring(settings: Settings) -> RingSource:
    """Where the ring is told from; it has been read once, so that a start finds out what is wrong with it."""
    if settings.token_encryption_keys is not None:
        return FixedRing(KeyRing.parse(settings.token_encryption_keys.get_secret_value()))
    _kept(settings, _KEYS, new_token_key)
    ring = KeptRing(settings.portside_instance / _KEYS)
    try:
        ring()
    except KeyUnavailable as error:
        raise SettingsError((Problem("TOKEN_ENCRYPTION_KEYS", str(error)),)) from error
    return ring


def _kept(settings: Settings, name: str, generate: Callable[[], str]) -> SecretStr:
    """The secret in this file, generated by whoever comes first."""
    if settings.is_production:
        variable = {"secret_key": "SECRET_KEY", _KEYS: "TOKEN_ENCRYPTION_KEYS"}[name]
        raise SettingsError((Problem(variable, "is required in production"),))
    path = settings.portside_instance / name
    if not path.exists():
        _write_once(path, generate())
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise SettingsError((Problem("PORTSIDE_INSTANCE", f"{path} is empty; restore it or delete it"),))
    return SecretStr(text)


def _write_once(path: Path, text: str) -> None:
    """Write a file whole, unless it is there by then: two processes starting together keep one value."""
    with _draft(path, text) as draft:
        # A link either appears whole or finds the name taken: nobody ever reads half a key.
        try:
            os.link(draft, path)
        except FileExistsError:
            return


def _replace(path: Path, text: str) -> None:
    """Write a file whole in the place of the one that is there, whose owner stays its owner."""
    there = path.stat()
    with _draft(path, text) as draft:
        made = draft.stat()
        if (made.st_uid, made.st_gid) != (there.st_uid, there.st_gid):
            os.chown(draft, there.st_uid, there.st_gid)
        draft.replace(path)
        # Until the folder is on the disk as well, a power cut may bring the old file back.
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    """A file beside this one, safe on the disk; gone after the block, unless it was moved."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else changes the folder's keys inside the block: of two new keys, none gets lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
