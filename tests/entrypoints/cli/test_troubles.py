"""Variables under another name, and settings that can't be used: recognised before anything runs."""

from pathlib import Path

import pytest

from entrypoints.cli.troubles import OTHER_NAMES, misnamed, unseen_visitors, unusable
from entrypoints.settings import Settings, SettingsError, load_settings

OURS = {name.upper() for name in Settings.model_fields}


def meant(environ: dict[str, str], folder: Path = Path("/nowhere")) -> dict[str, str]:
    """Which of our names is suggested for which variable."""
    return {
        finding.name.removeprefix("settings "): finding.cause.rpartition(" mean ")[2].rstrip("?")
        for finding in misnamed(environ, folder)
    }


def test_what_others_call_our_settings_leads_to_ours():
    assert set(OTHER_NAMES.values()) <= OURS
    assert OURS.isdisjoint(OTHER_NAMES)


@pytest.mark.parametrize(("name", "ours"), sorted(OTHER_NAMES.items()))
def test_a_name_of_others_is_recognised(name, ours):
    assert meant({name: "value"}) == {name: ours}


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("AMAZON_LWA_APPID", "AMAZON_LWA_APP_ID"),
        ("AMAZON_LWA_CLIENT_SECRETS", "AMAZON_LWA_CLIENT_SECRET"),
        ("AMAZON_SELER_ID", "AMAZON_SELLER_ID"),
        ("SYNC_INTERVAL_MINUTE", "SYNC_INTERVAL_MINUTES"),
        ("OIDC_ISUER", "OIDC_ISSUER"),
        ("PORTSIDE_DATABASE_URL", "DATABASE_URL"),
        ("amazon_app_id", "AMAZON_APP_ID"),
    ],
)
def test_a_slip_of_the_pen_is_recognised(name, ours):
    assert meant({name: "value"}) == {name: ours}


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "LC_ALL",
        "PYTHONPATH",
        "AWS_ACCESS_KEY_ID",
        "HTTP_PROXY",
        "LOG_FILE",
        "PORTSIDE_PASSWORD",
        "PORTSIDE_TEST_DATABASE_URL",
        "AMAZON_ADS_REFRESH_TOKEN",
        "AMAZON_WAREHOUSE_COLOUR",
    ],
)
def test_what_has_nothing_to_do_with_us_is_left_alone(name):
    assert meant({name: "value"}) == {}


def test_a_setting_that_is_there_makes_the_other_name_nobodys_business():
    assert meant({"LWA_APP_ID": "theirs", "AMAZON_LWA_APP_ID": "ours"}) == {}


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_value_counts_as_unset_on_either_side(nothing):
    assert meant({"LWA_APP_ID": nothing}) == {}
    assert meant({"LWA_APP_ID": "theirs", "AMAZON_LWA_APP_ID": nothing}) == {
        "LWA_APP_ID": "AMAZON_LWA_APP_ID"
    }


def test_every_setting_of_ours_is_known_by_its_own_name():
    assert meant(dict.fromkeys(OURS, "value")) == {}


def test_the_file_is_looked_at_as_well_where_case_does_not_matter(tmp_path):
    (tmp_path / ".env").write_text("ROLE_ARN='arn:aws:iam::1'\namazon_app_id=amzn1.sp.solution.1\nEMPTY=\n")

    assert meant({}, tmp_path) == {"ROLE_ARN": "AMAZON_SP_ROLE_ARN"}


def test_a_file_that_can_not_be_read_is_the_settings_business(tmp_path):
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")

    assert meant({"ROLE_ARN": "arn"}, tmp_path) == {"ROLE_ARN": "AMAZON_SP_ROLE_ARN"}


def test_no_value_is_repeated():
    (finding,) = misnamed({"LWA_CLIENT_SECRET": "amzn1.oa2-cs.v1.secret"}, Path("/nowhere"))

    assert finding.ok
    assert finding.cause
    assert "amzn1" not in repr(finding)


@pytest.mark.parametrize(
    ("variables", "cause", "mend"),
    [
        (
            {"AMAZON_REFRESH_TOKEN": "Atza|access", "AMAZON_SELLER_ID": "A1"},
            "AMAZON_REFRESH_TOKEN is an access token, which lives for an hour",
            "a refresh token begins with Atzr|",
        ),
        (
            {
                "AMAZON_LWA_APP_ID": "amzn1.application-oa2-client.1",
                "AMAZON_LWA_CLIENT_SECRET": "amzn1.oa2 x",
            },
            "AMAZON_LWA_CLIENT_SECRET contains a blank or a line break",
            "copy it again, in one piece",
        ),
        (
            {"SYNC_INTERVAL_MINUTES": "5"},
            "SYNC_INTERVAL_MINUTES must be at least 10: Amazon's rate limits refill too slowly for less",
            "SYNC_ALLOW_FAST=true takes that risk",
        ),
        (
            {"WORKER_THREADS": "0"},
            "WORKER_THREADS must be at least 1",
            "correct WORKER_THREADS in the environment or in .env",
        ),
    ],
)
def test_a_setting_that_can_not_be_used_is_told_in_the_words_of_a_start(variables, cause, mend):
    with pytest.raises(SettingsError) as caught:
        load_settings(variables, Path("/nowhere"))

    (finding,) = unusable(caught.value)

    assert not finding.ok
    assert (finding.cause, finding.mend) == (cause, mend)


@pytest.mark.parametrize(
    ("variables", "warned"),
    [
        ({"PUBLIC_URL": "https://portside.example.com"}, True),
        ({"PUBLIC_URL": "https://portside.example.com", "TRUSTED_PROXIES": "1"}, False),
        ({"PUBLIC_URL": "http://127.0.0.1:5000"}, False),
        ({"PUBLIC_URL": "https://localhost:5000"}, False),
    ],
)
def test_a_proxy_that_nobody_has_spoken_of_is_warned_of(variables, warned):
    found = unseen_visitors(load_settings(variables, Path("/nowhere")))

    assert [finding.name for finding in found] == ["settings TRUSTED_PROXIES"] * warned
    assert all(finding.ok and finding.mend for finding in found)
