"""The instance folder and the secrets that are generated into it."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.errors import KeyUnavailable
from entrypoints.instance import new_token_key, open_instance, put_in_front
from entrypoints.settings import Settings, SettingsError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "instance"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_first_start_generates_secrets_that_only_the_owner_can_read(folder):
    instance = open_instance(Settings(portside_instance=folder))

    assert len(instance.secret_key.get_secret_value()) >= 32
    assert len(instance.key_ring().keys) == 1
    assert [mode(folder), mode(folder / "secret_key"), mode(folder / "token_keys")] == [0o700, 0o600, 0o600]
    assert sorted(path.name for path in folder.iterdir()) == ["secret_key", "token_keys"]


def test_a_later_start_finds_the_same_secrets(folder):
    first = open_instance(Settings(portside_instance=folder))

    later = open_instance(Settings(portside_instance=folder))

    assert later == first
    assert later.key_ring() == first.key_ring()


def test_two_installations_have_different_secrets(folder, tmp_path):
    one = open_instance(Settings(portside_instance=folder))
    other = open_instance(Settings(portside_instance=tmp_path / "other"))

    assert one.secret_key != other.secret_key
    assert one.key_ring() != other.key_ring()


def test_secrets_from_the_environment_are_used_and_nothing_is_written(folder):
    keys = f"{new_token_key()},{new_token_key()}"

    instance = open_instance(
        Settings(
            portside_instance=folder, secret_key=SecretStr("given"), token_encryption_keys=SecretStr(keys)
        )
    )

    assert instance.secret_key.get_secret_value() == "given"
    assert [key.id for key in instance.key_ring().keys] == [entry.split(":")[0] for entry in keys.split(",")]
    assert list(folder.iterdir()) == []


def test_production_never_generates_a_secret(folder):
    with pytest.raises(SettingsError, match="SECRET_KEY: is required in production"):
        open_instance(Settings(portside_instance=folder, portside_env="production"))

    assert list(folder.iterdir()) == []


def test_processes_that_start_together_agree_on_one_value(folder):
    program = (
        "import sys; from pathlib import Path; from entrypoints.instance import open_instance;"
        "from entrypoints.settings import Settings; sys.stdin.readline();"
        f"it = open_instance(Settings(portside_instance=Path({str(folder)!r})));"
        "print(it.secret_key.get_secret_value(), it.key_ring().primary.id)"
    )
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    answers = {starter.communicate(timeout=60)[0] for starter in starters}

    assert len(answers) == 1
    assert answers != {""}


def test_a_printed_instance_shows_no_secret(folder):
    instance = open_instance(Settings(portside_instance=folder))

    printed = repr(instance)

    assert instance.secret_key.get_secret_value() not in printed
    assert instance.key_ring().primary.id not in printed


def test_a_folder_that_can_not_be_made_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file stands here")

    with pytest.raises(SettingsError, match=r"PORTSIDE_INSTANCE: .*/taken.* can't be used"):
        open_instance(Settings(portside_instance=tmp_path / "taken"))


def test_an_emptied_secret_is_not_taken_for_one(folder):
    open_instance(Settings(portside_instance=folder))
    (folder / "secret_key").write_text("\n")

    with pytest.raises(SettingsError, match="secret_key is empty"):
        open_instance(Settings(portside_instance=folder))


def test_damaged_token_keys_are_named_without_being_shown(folder):
    open_instance(Settings(portside_instance=folder))
    (folder / "token_keys").write_text("k1:canary")

    with pytest.raises(SettingsError, match=r"TOKEN_ENCRYPTION_KEYS: .*token_keys") as caught:
        open_instance(Settings(portside_instance=folder))

    assert "canary" not in str(caught.value)


def long_ago(path: Path) -> None:
    """As if nobody had touched it for a while."""
    past = time.time() - 60
    os.utime(path, (past, past))


def test_a_new_key_comes_in_front_and_every_running_process_takes_it(folder):
    settings = Settings(portside_instance=folder)
    running = open_instance(settings)
    before = running.key_ring()

    key_id = put_in_front(settings)

    assert running.key_ring().ids == (key_id, *before.ids)
    assert running.key_ring().keys[1:] == before.keys
    assert open_instance(settings).key_ring() == running.key_ring()


def test_the_first_key_of_all_may_be_put_in_front_as_well(folder):
    key_id = put_in_front(Settings(portside_instance=folder))

    assert open_instance(Settings(portside_instance=folder)).key_ring().primary.id == key_id


def test_a_changed_ring_is_still_for_its_owner_only_and_leaves_nothing_behind(folder):
    settings = Settings(portside_instance=folder)
    open_instance(settings)

    put_in_front(settings)

    assert mode(folder / "token_keys") == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["secret_key", "token_keys"]


def test_a_ring_that_root_changes_stays_the_servers_own(folder):
    # Only root may give files away; for everybody else the file stays their own in any case.
    owner = (12345, 23456) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    settings = Settings(portside_instance=folder)
    open_instance(settings)
    os.chown(folder / "token_keys", *owner)

    put_in_front(settings)

    there = (folder / "token_keys").stat()
    assert (there.st_uid, there.st_gid) == owner


def test_keys_that_are_added_at_the_same_time_are_all_kept(folder):
    settings = Settings(portside_instance=folder)
    open_instance(settings)

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda _number: put_in_front(settings), range(24)))

    assert set(added) < set(open_instance(settings).key_ring().ids)
    assert len(open_instance(settings).key_ring().ids) == 25


def test_keys_from_the_environment_are_not_added_to(folder):
    settings = Settings(portside_instance=folder, token_encryption_keys=SecretStr(new_token_key()))

    with pytest.raises(
        SettingsError, match=r"TOKEN_ENCRYPTION_KEYS: is set, .*add the new key to it yourself"
    ):
        put_in_front(settings)

    assert not (folder / "token_keys").exists()


def test_a_damaged_ring_is_not_added_to(folder):
    open_instance(Settings(portside_instance=folder))
    (folder / "token_keys").write_text("k1:canary")

    with pytest.raises(SettingsError, match="token_keys"):
        put_in_front(Settings(portside_instance=folder))

    assert (folder / "token_keys").read_text() == "k1:canary"


def test_a_ring_that_disappears_while_portside_runs_is_said_and_comes_back(folder):
    running = open_instance(Settings(portside_instance=folder))
    ring, path = running.key_ring(), folder / "token_keys"
    kept = path.read_bytes()
    path.unlink()

    with pytest.raises(KeyUnavailable, match=r"token_keys is gone; restore that file"):
        running.key_ring()

    path.write_bytes(kept)
    assert running.key_ring() == ring


def test_a_ring_that_is_damaged_while_portside_runs_is_said_without_being_shown(folder):
    running = open_instance(Settings(portside_instance=folder))
    (folder / "token_keys").write_text("k1:canary")
    long_ago(folder / "token_keys")

    with pytest.raises(KeyUnavailable, match="token_keys is damaged: the key k1") as caught:
        running.key_ring()

    assert "canary" not in str(caught.value)


def test_somebody_may_be_half_done_with_editing_the_ring(folder):
    running = open_instance(Settings(portside_instance=folder))
    before = running.key_ring()

    (folder / "token_keys").write_text("")

    assert running.key_ring() == before
    long_ago(folder / "token_keys")
    with pytest.raises(KeyUnavailable):
        running.key_ring()


def test_a_key_taken_off_the_ring_is_gone_at_once(folder):
    settings = Settings(portside_instance=folder)
    running = open_instance(settings)
    old = running.key_ring().primary.id
    put_in_front(settings)

    path = folder / "token_keys"
    path.write_text(path.read_text().partition(",")[0])

    assert running.key_ring().find(old) is None


def test_a_ring_is_read_once_for_as_long_as_it_stays_the_same(folder):
    running = open_instance(Settings(portside_instance=folder))

    assert running.key_ring() is running.key_ring()
