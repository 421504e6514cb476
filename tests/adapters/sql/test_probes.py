"""What the probes find."""

from pathlib import Path

from sqlalchemy import Engine, text, update

from adapters.crypto.envelope import Envelopes
from adapters.sql import migrate, schema, tables
from adapters.sql.engine import make_engine, writing
from adapters.sql.probes import DatabaseProbe, KeyRingProbe, MigrationsProbe
from adapters.sql.work import SqlWork
from domain.operations.model import Finding
from domain.tokens.model import AccessToken, RefreshToken
from entrypoints.instance import KeptRing
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.cipher import LabelCipher


def away(tmp_path: Path) -> Engine:
    """A database that nobody can open."""
    return make_engine(f"sqlite:///{tmp_path}/missing/folder.db")


def sealed_with(engine: Engine, label: str, *, access: bool = False) -> None:
    """A connection whose tokens are sealed with this key."""
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    with SqlWork(engine, LabelCipher(label)) as work:
        token = AccessToken("Atza|secret", NOW) if access else None
        work.vault.keep(connection.id, RefreshToken("Atzr|secret"), token)
        work.commit()


def test_a_database_that_answers_is_well(engine: Engine) -> None:
    assert DatabaseProbe(engine).check() == Finding("database", True)


def test_a_database_that_is_away_is_found_with_its_cause(tmp_path: Path) -> None:
    finding = DatabaseProbe(away(tmp_path)).check()

    assert (finding.name, finding.ok) == ("database", False)
    assert "unable to open database file" in finding.cause
    assert "DATABASE_URL" in finding.mend


def test_the_newest_schema_is_well(engine: Engine) -> None:
    assert MigrationsProbe(engine).check() == Finding("migrations", True)


def test_an_older_schema_is_found_with_both_revisions(engine: Engine) -> None:
    migrate.downgrade(engine, "0001")

    finding = MigrationsProbe(engine).check()

    assert not finding.ok
    assert "0001" in finding.cause
    assert schema.head() in finding.cause
    assert finding.mend == "run: portside migrate"


def test_the_schema_of_a_newer_release_is_a_warning_so_that_servers_can_be_replaced(engine: Engine) -> None:
    with writing(engine, owning=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9000'"))

    finding = MigrationsProbe(engine).check()

    assert finding.ok
    assert "9000, of a newer release" in finding.cause
    assert finding.mend == "replace this process by the newer release"


def test_a_revision_that_is_nobodys_is_not_taken_for_a_newer_one(engine: Engine) -> None:
    with writing(engine, owning=True) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'beef'"))

    assert not MigrationsProbe(engine).check().ok


def test_a_database_without_any_table_is_to_be_migrated(empty_url: str) -> None:
    engine = make_engine(empty_url)

    finding = MigrationsProbe(engine).check()
    engine.dispose()

    assert (finding.ok, finding.mend) == (False, "run: portside migrate")


def test_the_schema_of_a_database_that_is_away_is_unknown(tmp_path: Path) -> None:
    assert not MigrationsProbe(away(tmp_path)).check().ok


def test_a_key_ring_that_opens_every_kind_of_secret_is_well(engine: Engine) -> None:
    for _ in range(3):
        sealed_with(engine, "k1", access=True)

    assert KeyRingProbe(engine, LabelCipher("k1")).check() == Finding("key_ring", True)


def test_without_any_secret_the_key_ring_is_well(engine: Engine) -> None:
    assert KeyRingProbe(engine, LabelCipher("k1")).check().ok


def test_keys_that_are_missing_from_the_ring_are_named(engine: Engine) -> None:
    for label in ("k1", "k-2026", "k_old"):
        sealed_with(engine, label)

    finding = KeyRingProbe(engine, LabelCipher("k1")).check()

    assert not finding.ok
    assert finding.cause.endswith(": k-2026, k_old")
    assert "TOKEN_ENCRYPTION_KEYS" in finding.mend
    assert "Atz" not in finding.cause


def test_a_key_that_sealed_access_tokens_only_is_named_too(engine: Engine) -> None:
    sealed_with(engine, "k1", access=True)
    with writing(engine) as connection:
        connection.execute(update(tables.tokens).values(access_token="v1.k9.n.c"))

    assert KeyRingProbe(engine, LabelCipher("k1")).check().cause.endswith(": k9")


def test_a_key_that_sealed_the_installations_own_secrets_only_is_named_too(engine: Engine) -> None:
    with SqlWork(engine, LabelCipher("k9")) as work:
        work.client_secrets.keep("client-1", "amzn1.oa2-cs.v1.kept", NOW, NOW)
        work.commit()

    assert KeyRingProbe(engine, LabelCipher("k1")).check().cause.endswith(": k9")


def test_a_secret_that_was_moved_to_another_row_is_found(engine: Engine) -> None:
    sealed_with(engine, "k1")
    with writing(engine) as connection:
        connection.execute(update(tables.tokens).values(refresh_token="v1.k1.tokens|refresh_token|7.x"))

    assert KeyRingProbe(engine, LabelCipher("k1")).check().cause.endswith(": k1")


def test_a_ring_that_can_not_be_read_is_found_though_nothing_is_sealed(engine: Engine) -> None:
    gone = KeptRing(Path("/nowhere/token_keys"))

    finding = KeyRingProbe(engine, Envelopes(gone)).check()

    assert (finding.ok, finding.cause) == (
        False,
        "The key ring /nowhere/token_keys is gone; restore that file.",
    )


def test_erased_secrets_need_no_key(engine: Engine) -> None:
    sealed_with(engine, "k9")
    with SqlWork(engine, LabelCipher("k9")) as work:
        for connection in work.connections.all():
            work.vault.erase(connection.id)
        work.commit()

    assert KeyRingProbe(engine, LabelCipher("k1")).check().ok


def test_the_keys_of_a_database_that_is_away_are_unknown(tmp_path: Path) -> None:
    assert not KeyRingProbe(away(tmp_path), LabelCipher()).check().ok
