"""``portside keys``: make them, look what is sealed under each, bring everything under the first one."""

from collections.abc import Iterator

import click

from domain.tokens.keyring import RingStatus
from domain.tokens.rotation import Rotation
from entrypoints.instance import new_secret_key, new_token_key, put_in_front
from entrypoints.opening import open_portside
from entrypoints.settings import load_settings

_CONSOLE = "console"
#: So many places that do not open are named; the rest is counted.
_NAMED = 10


@click.group()
def keys() -> None:
    """Keys for the settings, and the ring that stored secrets are sealed with."""


@keys.command("generate")
@click.option("--keep", is_flag=True, help="Put a new key in front of the instance folder's ring instead.")
def generate(keep: bool) -> None:
    """Print a fresh SECRET_KEY and TOKEN_ENCRYPTION_KEYS, ready for an environment file; change nothing.

    With --keep nothing is printed to be copied: a new key comes in front of the ring in the instance folder, and every
    process that runs takes it from there. That is refused when TOKEN_ENCRYPTION_KEYS is set.
    """
    if keep:
        key_id = put_in_front(load_settings())
        click.echo(f"{key_id} is the first key now; `portside keys rotate` brings what is stored under it")
        return
    click.echo(f"SECRET_KEY={new_secret_key()}")
    click.echo(f"TOKEN_ENCRYPTION_KEYS={new_token_key()}")


@keys.command("status")
def status() -> None:
    """Show how much is sealed under each key, and which one is first, older or unused.

    Exits with 1 when a key is MISSING.
    """
    found = open_portside().services.keys.status()
    for line in _table(found):
        click.echo(line)
    if found.missing:
        raise click.ClickException(_lost(found))


@keys.command("rotate")
def rotate() -> None:
    """Seal everything anew that is not under the first key, while Portside runs.

    Interrupted, it goes on when called again. Exits with 1 when something needs a key that is missing, or does not open.
    """
    rotation = open_portside().services.keys
    begun = rotation.status()
    if begun.behind:
        click.echo(f"{begun.behind:,} secrets are to be sealed under {begun.ring[0]}")

    told = 0

    def progress(secrets: int) -> None:
        nonlocal told
        if secrets > told:
            click.echo(f"{secrets:,} sealed anew")
        told = secrets

    ended = rotation.rotate(_CONSOLE, _CONSOLE, progress)
    problems = list(_problems(ended))
    if problems:
        raise click.ClickException("; ".join(problems))
    click.echo(f"all secrets are sealed under {ended.status.ring[0]}")


def _table(found: RingStatus) -> Iterator[str]:
    """A row for each kind of secret under each key, and one for each key that seals nothing."""
    sealed = [(count.key_id, _role(found, count.key_id), count.kind, count.secrets) for count in found.counts]
    used = {count.key_id for count in found.counts}
    idle = [(key_id, _role(found, key_id), "", 0) for key_id in found.ring if key_id not in used]
    width = max(len(key_id) for key_id, *_rest in [*sealed, *idle])
    yield f"{'key':{width}}  {'role':8}  {'secrets':>9}  kind"
    for key_id, role, kind, secrets in sorted(sealed + idle, key=lambda row: (_turn(found, row[0]), row[2])):
        yield f"{key_id:{width}}  {role:8}  {secrets:>9,}  {kind}".rstrip()


def _role(found: RingStatus, key_id: str) -> str:
    if key_id == found.ring[0]:
        return "first"
    if key_id not in found.ring:
        return "MISSING"
    return "unused" if key_id in found.unused else "older"


def _turn(found: RingStatus, key_id: str) -> int:
    return found.ring.index(key_id) if key_id in found.ring else len(found.ring)


def _problems(ended: Rotation) -> Iterator[str]:
    if ended.status.missing:
        yield _lost(ended.status)
    if ended.closed:
        places = ", ".join(f"{one.place} ({one.key_id})" for one in ended.closed[:_NAMED])
        more = f" and {len(ended.closed) - _NAMED} more" if len(ended.closed) > _NAMED else ""
        yield (
            f"{len(ended.closed)} secrets do not open with the key they name, which is another one under that id, or "
            f"their rows were changed or moved: {places}{more}"
        )
    if not ended.settled:
        yield (
            f"secrets come under an older key again and again ({ended.left} at this moment): a process that has another "
            "ring goes on sealing; restart it, then call this again"
        )


def _lost(found: RingStatus) -> str:
    ids = ", ".join(sorted({count.key_id for count in found.missing}))
    secrets = sum(count.secrets for count in found.missing)
    return f"{secrets:,} secrets need keys that the ring lacks: {ids}; put them back on the ring"
