"""The views of connections, keys, accounts, sync and usage, held against the code that they speak of."""

import re
from pathlib import Path

import pytest

from domain.ads.accounts import NO_FIGURES, AccountStatus, AccountType
from domain.ads.columns import KINDS
from domain.ads.health import AdsVerdict
from domain.ads.registration import RegistrationStatus
from domain.ads.reports import AdsReportStatus
from domain.connections.model import ConnectionStatus, Provider
from domain.marketplaces import MARKETPLACES
from domain.sync.model import Resource
from domain.users.access import SHORTEST_PASSWORD
from entrypoints.http.errors import STATUS_OF
from entrypoints.http.store_requests import BroughtStoreBody
from tests.entrypoints.http.test_page_words import SCRIPTS, keys, script

DOCS = Path(__file__).parents[3] / "docs"


def listed(name: str, constant: str) -> list[str]:
    """The texts of ``const CONSTANT = ["…", "…"];`` in a script."""
    found = re.search(rf"const {constant} = \[(.*?)\];", script(name), re.DOTALL)
    assert found, f"{name}.js has no list {constant}"
    return re.findall(r'"([^"]*)"', found[1])


def test_every_channel_comes_back_with_a_word_of_its_own():
    channels = {provider.channel for provider in Provider}
    api = (DOCS / "api.md").read_text()

    told = set(re.findall(r"\?(\w+)_connected=true", api))

    assert keys("words", "CHANNELS") == keys("words", "CHANNEL_SETTINGS") == channels
    assert keys("arrivals", "CONNECTED") == told == channels


@pytest.mark.parametrize("channel", [provider.channel for provider in Provider])
def test_every_reason_that_a_callback_may_give_has_words(channel):
    table = re.search(rf"\| `{channel}_error` \| Meaning \|.*?\n\n", (DOCS / "api.md").read_text(), re.DOTALL)
    assert table

    codes = set(re.findall(r"^\| `(\w+)` \|", table[0], re.MULTILINE)) - {f"{channel}_error"}

    assert codes == keys("words", "CONSENT_ERRORS")


def test_every_state_of_a_connection_is_explained():
    assert keys("words", "STATUS_MEANINGS") == {status.value for status in ConnectionStatus}


def test_every_error_of_a_channel_says_what_it_means():
    codes = [found[1] for code in STATUS_OF if (found := re.match(r"(?:amazon|ads|shopify)_(\w+)", code))]

    assert len(codes) > 10
    assert set(codes) <= keys("words", "ERRORS")


def test_every_state_of_an_account_a_registration_and_a_report_has_words():
    grant = ConnectionStatus.REAUTHORIZATION_REQUIRED.value

    assert keys("accounts", "TYPES") == {kind.value for kind in AccountType}
    assert keys("accounts", "ACCOUNT_STATUSES") == {status.value for status in AccountStatus} | {grant}
    assert keys("accounts", "VERDICTS") == {verdict.value for verdict in AdsVerdict}
    assert keys("register", "REGISTRATIONS") == {status.value for status in RegistrationStatus}
    assert set(listed("register", "OPEN")) == {
        status.value for status in RegistrationStatus if status.is_open
    }
    assert keys("adsreports", "REPORT_STATUSES") == {status.value for status in AdsReportStatus}
    assert f'"{NO_FIGURES}"' in script("adsreports")


def test_every_resource_can_be_asked_for():
    table = re.search(r"const OF_CHANNEL = (\{.*?\});", script("syncview"), re.DOTALL)
    assert table

    offered = re.findall(r'"(\w+)"', table[1])

    assert sorted(offered) == sorted(resource.value for resource in Resource)


def test_accounts_can_be_registered_for_every_country_of_a_marketplace():
    found = re.search(r'const COUNTRIES = "([^"]+)"', script("register"))
    assert found

    assert sorted(found[1].split()) == sorted(each.country_code for each in MARKETPLACES.values())


def test_the_reports_that_are_offered_are_what_amazon_takes():
    text = script("adsreports")
    words = dict(re.findall(r'^const (\w+) = "([^"]+)";', text, re.MULTILINE))
    rows = re.findall(r'^  \["[^"]+", "(\w+)", "(\w+)", "(\w+)", `([^`]+)`\],$', text, re.MULTILINE)

    assert len(rows) > 3
    for kind, product, group, columns in rows:
        names = re.sub(r"\$\{(\w+)\}", lambda match: words[match[1]], columns).split()
        allowed = KINDS[kind].allowed((group,))
        assert KINDS[kind].ad_product.value == product
        assert allowed is not None
        assert set(names) <= allowed
        assert len(names) == len(set(names))


def test_the_page_says_beforehand_how_long_a_password_has_to_be():
    assert re.findall(r"const SHORTEST = (\d+);", script("login")) == [str(SHORTEST_PASSWORD)]


def test_the_form_for_a_store_shows_the_problem_of_every_field():
    assert set(listed("stores", "FIELDS")) == set(BroughtStoreBody.model_fields)


def test_secrets_of_a_store_are_entered_unseen():
    fields = re.findall(r"<\$\{(\w*Field)\}([^>]*)", "\n".join(path.read_text() for path in SCRIPTS))

    kinds = {kind for kind, rest in fields if re.search(r'name="(access_token|client_secret)"', rest)}

    assert kinds == {"SecretField"}


def test_a_link_that_amazon_gave_is_followed_only_as_far_as_it_is_one():
    assert re.findall(r"href=\$\{(?!url|to|kept)", "\n".join(path.read_text() for path in SCRIPTS)) == []
    assert "safe(kept.terms_url) &&" in script("register")


def test_what_needs_nothing_is_said_to_be_well_in_the_apis_words():
    found = re.search(r'const WELL = "([^"]+)"', script("accounts"))
    assert found

    assert found[1] in (DOCS.parent / "src/domain/ads/health.py").read_text()
