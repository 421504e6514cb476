"""The instance folder and the secrets that are generated into it."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from entrypoints.instance import new_token_key, open_instance
from entrypoints.settings import Settings, SettingsError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "instance"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_first_start_generates_secrets_that_only_the_owner_can_read(folder):
    instance = open_instance(Settings(portside_instance=folder))

    assert len(instance.secret_key.get_secret_value()) >= 32
    assert len(instance.key_ring.keys) == 1
    assert [mode(folder), mode(folder / "secret_key"), mode(folder / "token_keys")] == [0o700, 0o600, 0o600]
    assert sorted(path.name for path in folder.iterdir()) == ["secret_key", "token_keys"]


def test_a_later_start_finds_the_same_secrets(folder):
    first = open_instance(Settings(portside_instance=folder))

    assert open_instance(Settings(portside_instance=folder)) == first


def test_two_installations_have_different_secrets(folder, tmp_path):
    one = open_instance(Settings(portside_instance=folder))
    other = open_instance(Settings(portside_instance=tmp_path / "other"))

    assert one.secret_key != other.secret_key
    assert one.key_ring != other.key_ring


def test_secrets_from_the_environment_are_used_and_nothing_is_written(folder):
    keys = f"{new_token_key()},{new_token_key()}"

    instance = open_instance(
        Settings(
            portside_instance=folder, secret_key=SecretStr("given"), token_encryption_keys=SecretStr(keys)
        )
    )

    assert instance.secret_key.get_secret_value() == "given"
    assert [key.id for key in instance.key_ring.keys] == [entry.split(":")[0] for entry in keys.split(",")]
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
        "print(it.secret_key.get_secret_value(), it.key_ring.primary.id)"
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
    assert instance.key_ring.primary.id not in printed


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
