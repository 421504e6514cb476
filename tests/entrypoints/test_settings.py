"""Settings: what is read from where, what is refused, and with which words."""

import base64
from pathlib import Path

import pytest

from domain.hosts import is_loopback
from entrypoints.settings import Settings, SettingsError, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "PORTSIDE_ENV": "production",
    "SECRET_KEY": "s" * 32,
    "TOKEN_ENCRYPTION_KEYS": f"k1:{KEY}",
    "PUBLIC_URL": "https://portside.example",
}


@pytest.fixture
def load(tmp_path):
    """Load settings from these variables and nothing else."""

    def load(**variables: str) -> Settings:
        return load_settings(variables, tmp_path)

    return load


@pytest.fixture
def problems(load):
    """What is said about these variables, by variable."""

    def problems(**variables: str) -> dict[str, str]:
        with pytest.raises(SettingsError) as caught:
            load(**variables)
        return {problem.variable: problem.message for problem in caught.value.problems}

    return problems


def test_nothing_needs_to_be_set(load, tmp_path):
    settings = load()

    assert settings.portside_env == "development"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/instance/portside.db"
    assert (settings.public_url, settings.frontend_url) == ("http://127.0.0.1:5000", "http://127.0.0.1:5000")
    assert (settings.backfill_days, settings.retention_days, settings.sync_interval_minutes) == (90, 548, 15)
    assert (settings.cache_ttl_seconds, settings.worker_threads, settings.http_timeout_seconds) == (
        300,
        8,
        30,
    )
    assert (settings.scheduler, settings.amazon_simulator, settings.amazon_app_draft) == (True, True, False)
    assert (settings.amazon_region, settings.report_poll_seconds, settings.log_level) == (
        "us-east-1",
        20,
        "INFO",
    )
    assert (settings.redis_url, settings.sp_api_url, settings.log_format) == (None, None, None)


def test_the_environment_wins_over_the_file(load, tmp_path):
    (tmp_path / ".env").write_text("WORKER_THREADS=3\nCACHE_TTL_SECONDS=7\n")

    settings = load(WORKER_THREADS="5")

    assert (settings.worker_threads, settings.cache_ttl_seconds) == (5, 7)


def test_an_empty_value_counts_as_unset(load, tmp_path):
    (tmp_path / ".env").write_text("REDIS_URL=\nWORKER_THREADS=3\nAMAZON_SELLER_ID\n")

    settings = load(WORKER_THREADS="", CACHE_TTL_SECONDS="  ")

    assert (settings.redis_url, settings.worker_threads, settings.cache_ttl_seconds) == (None, 3, 300)


def test_quotes_and_comments_in_the_file_are_understood(load, tmp_path):
    (tmp_path / ".env").write_text(
        "# ours\nAMAZON_REFRESH_TOKEN='Atzr|a$b'\nexport AMAZON_SELLER_ID=A1 # who\n"
    )

    settings = load()

    assert settings.amazon_refresh_token.get_secret_value() == "Atzr|a$b"
    assert settings.amazon_seller_id == "A1"


def test_a_file_that_is_not_text_is_a_problem_not_a_traceback(problems, tmp_path):
    (tmp_path / ".env").write_bytes(b"SECRET_KEY=\xff\xfe")

    assert problems() == {".env": "can't be read; it must be a UTF-8 text file that this user may read"}


def test_unknown_variables_are_ignored(load, tmp_path):
    (tmp_path / ".env").write_text("COLOUR=blue\n")

    assert load(PATH="/usr/bin", SHAPE="round") == load()


def test_blanks_around_a_plain_value_do_no_harm(load):
    settings = load(PUBLIC_URL=" https://portside.example/ \n", DATABASE_URL="sqlite:////srv/a.db\n")

    assert settings.public_url == "https://portside.example"
    assert settings.database_url.get_secret_value() == "sqlite:////srv/a.db"


def test_every_problem_is_told_at_once_one_line_each_without_a_value(load):
    with pytest.raises(SettingsError) as caught:
        load(
            PORTSIDE_ENV="staging-canary",
            DATABASE_URL="mysql://canary",
            WORKER_THREADS="canary",
            SCHEDULER="canary",
            AMAZON_LWA_APP_ID="canary",
            SYNC_INTERVAL_MINUTES="5",
            SECRET_KEY="ca na ry",
        )

    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "AMAZON_LWA_CLIENT_SECRET",
        "DATABASE_URL",
        "PORTSIDE_ENV",
        "SCHEDULER",
        "SECRET_KEY",
        "SYNC_INTERVAL_MINUTES",
        "WORKER_THREADS",
    ]
    assert "canary" not in str(caught.value)
    assert "ca na ry" not in str(caught.value)


def test_secrets_do_not_show_in_a_printed_settings_object(load):
    settings = load(
        SECRET_KEY="canary-1",
        TOKEN_ENCRYPTION_KEYS=f"k1:{KEY}",
        AMAZON_LWA_APP_ID="id",
        AMAZON_LWA_CLIENT_SECRET="canary-2",
        AMAZON_SELLER_ID="A1",
        AMAZON_REFRESH_TOKEN="Atzr|canary-3",
        AMAZON_ADS_CLIENT_ID="id",
        AMAZON_ADS_CLIENT_SECRET="canary-4",
        SHOPIFY_CLIENT_ID="id",
        SHOPIFY_CLIENT_SECRET="canary-5",
        SHOPIFY_SHOP="store",
        SHOPIFY_ACCESS_TOKEN="shpat_canary-6",
        DATABASE_URL="postgresql://me:canary-7@db/portside",
        REDIS_URL="redis://:canary-8@cache",
    )

    printed = f"{settings!r} {settings} {settings.model_dump()}"

    assert "canary" not in printed
    assert KEY not in printed


def test_settings_can_not_be_changed(load):
    settings = load()

    with pytest.raises(ValueError, match="frozen"):
        settings.worker_threads = 2


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORTSIDE_ENV", "staging", "must be 'development', 'production' or 'test'"),
        ("SCHEDULER", "perhaps", "true or false"),
        ("AMAZON_SIMULATOR", "perhaps", "true or false"),
        ("WORKER_THREADS", "0", "at least 1"),
        ("WORKER_THREADS", "129", "at most 128"),
        ("WORKER_THREADS", "1.5", "whole number"),
        ("CACHE_TTL_SECONDS", "-1", "at least 0"),
        ("CACHE_TTL_SECONDS", "86401", "at most 86400"),
        ("RETENTION_DAYS", "0", "at least 1"),
        ("BACKFILL_DAYS", "731", "at most 730"),
        ("BACKFILL_DAYS", "0", "at least 1"),
        ("SYNC_INTERVAL_MINUTES", "1441", "at most 1440"),
        ("ADS_REPORTS_PER_MINUTE", "0", "at least 1"),
        ("HTTP_TIMEOUT_SECONDS", "nan", "must be a number"),
        ("HTTP_TIMEOUT_SECONDS", "0", "at least 0.1"),
        ("REPORT_POLL_SECONDS", "soon", "must be a number"),
        ("LOG_LEVEL", "loud", "'DEBUG', 'INFO'"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("PUBLIC_URL", "portside.example", "begin it with https://"),
        ("PUBLIC_URL", "ftp://portside.example", "begin it with https://"),
        ("PUBLIC_URL", "https://", "begin it with https://"),
        ("PUBLIC_URL", "https://portside.example:99999", "is not an address"),
        ("PUBLIC_URL", "https://a b.example", "contains a blank"),
        ("PUBLIC_URL", "https://{region}.example", "brace"),
        ("FRONTEND_URL", "https://me:secret@portside.example", "user name or password"),
        ("FRONTEND_URL", "https://portside.example/?a=b", "query"),
        ("SP_API_URL", "http://sp.example", "loopback hosts only"),
        ("LWA_TOKEN_URL", "http://{region}.example/auth/o2/token", "loopback hosts only"),
        ("SELLER_CENTRAL_URL", "http://seller.example", "loopback hosts only"),
        ("OIDC_ISSUER", "http://issuer.example", "loopback hosts only"),
        ("AMAZON_NOTIFICATIONS_QUEUE_URL", "http://sqs.example/1/q", "loopback hosts only"),
        ("SP_API_URL", "https://{country}.example", "brace"),
        ("DATABASE_URL", "mysql://db/portside", "not supported"),
        ("DATABASE_URL", "postgresql+psycopg2://db/portside", "not supported"),
        ("DATABASE_URL", "portside.db", "is not a database address"),
        ("REDIS_URL", "http://cache", "is not a Redis address"),
        ("AMAZON_SP_ROLE_ARN", "arn:aws:iam::12:role/x", "is not a role"),
        ("AMAZON_SP_ROLE_ARN", "arn:aws:iam::123456789012:user/x", "is not a role"),
        ("AMAZON_REGION", "na", "is not an AWS region"),
        ("AMAZON_OWNER_EMAIL", "me", "is not an e-mail address"),
        ("SHOPIFY_SHOP", "https://store.myshopify.com", "without https://"),
        ("SHOPIFY_SCOPES", "read_products", "lacks read_orders"),
        ("SHOPIFY_SCOPES", "read_orders read_products", "list of scopes"),
        ("SHOPIFY_SCOPES", "read_orders,,", "list of scopes"),
        ("AMAZON_APP_ID", "amzn1.application-oa2-client.1", "is the client id"),
        ("AMAZON_LWA_APP_ID", "amzn1.sp.solution.1", "is the application id"),
        ("AMAZON_ADS_CLIENT_ID", "amzn1.oa2-cs.v1.1", "is the client secret"),
        ("AMAZON_LWA_CLIENT_SECRET", "amzn1.application-oa2-client.1", "is the client id"),
        ("AMAZON_REFRESH_TOKEN", "Atza|abc", "is an access token"),
        ("AMAZON_REFRESH_TOKEN", "Atzr", "is cut off at its |"),
        ("AMAZON_REFRESH_TOKEN", "Atzr|", "is cut off at its |"),
        ("AMAZON_REFRESH_TOKEN", "Atzr|abc...", "shortened or masked"),
        ("AMAZON_REFRESH_TOKEN", "Atzr|abc def", "contains a blank"),
        ("AMAZON_REFRESH_TOKEN", "Atzr|abc\n", "contains a blank or a line break"),
        ("AMAZON_LWA_CLIENT_SECRET", "********", "shortened or masked"),
        ("AMAZON_LWA_CLIENT_SECRET", "<your secret>".replace(" ", "-"), "angle brackets"),
        ("AMAZON_LWA_CLIENT_SECRET", "new,ol d", "contains a blank"),
        ("AMAZON_LWA_CLIENT_SECRET", "new,amzn1.application-oa2-client.1", "is the client id"),
        ("AMAZON_LWA_CLIENT_SECRET", "new,********", "shortened or masked"),
        ("AMAZON_LWA_CLIENT_SECRET", "one,two,three", "more than two secrets"),
        ("AMAZON_LWA_CLIENT_SECRET", "new,", "on both sides of its comma"),
        ("AMAZON_LWA_CLIENT_SECRET", "same,same", "the same secret"),
        ("SECRET_KEY", '"quoted"', "quotes"),
        ("TOKEN_ENCRYPTION_KEYS", "k1", "is not kid:base64"),
        ("TOKEN_ENCRYPTION_KEYS", f"k 1:{KEY}", "is not kid:base64"),
        ("TOKEN_ENCRYPTION_KEYS", f"{'k' * 33}:{KEY}", "is not kid:base64"),
        ("TOKEN_ENCRYPTION_KEYS", "k1:c2hvcnQ=", "has 5 bytes instead of 32"),
        ("TOKEN_ENCRYPTION_KEYS", f"k1:{KEY[:-2]}!!", "is not base64"),
        ("TOKEN_ENCRYPTION_KEYS", f"k1:{KEY},k1:{KEY}", "the same id"),
    ],
)
def test_a_wrong_value_is_refused_with_the_mend(problems, variable, value, said):
    assert said in problems(**{variable: value})[variable]


@pytest.mark.parametrize(
    ("variable", "value", "kept"),
    [
        ("DATABASE_URL", "postgres://me@db/portside", "postgresql+psycopg://me@db/portside"),
        ("DATABASE_URL", "postgresql://me@db/portside", "postgresql+psycopg://me@db/portside"),
        (
            "DATABASE_URL",
            "postgresql+psycopg:///portside?host=/run",
            "postgresql+psycopg:///portside?host=/run",
        ),
        ("DATABASE_URL", "sqlite:////srv/portside.db", "sqlite:////srv/portside.db"),
        ("REDIS_URL", "rediss://:secret@cache:6380/1", "rediss://:secret@cache:6380/1"),
    ],
)
def test_addresses_of_stores_are_brought_to_one_spelling(load, variable, value, kept):
    assert getattr(load(**{variable: value}), variable.lower()).get_secret_value() == kept


@pytest.mark.parametrize(
    ("variable", "value", "kept"),
    [
        ("PUBLIC_URL", "http://portside.internal:8080/app/", "http://portside.internal:8080/app"),
        ("SP_API_URL", "http://127.0.0.1:5001/{region}/", "http://127.0.0.1:5001/{region}"),
        ("ADS_API_URL", "https://ads-{region}.example", "https://ads-{region}.example"),
        ("LWA_TOKEN_URL", "http://[::1]:5001/auth/o2/token", "http://[::1]:5001/auth/o2/token"),
        ("STS_URL", "http://localhost:5001", "http://localhost:5001"),
        ("SHOPIFY_SHOP", "My-Store", "my-store.myshopify.com"),
        ("SHOPIFY_SCOPES", " read_orders, read_products,read_orders", "read_orders,read_products"),
        ("SHOPIFY_SHOP", "my-store.myshopify.com", "my-store.myshopify.com"),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("LOG_FORMAT", "JSON", "json"),
        ("SCHEDULER", "off", False),
        ("AMAZON_APP_DRAFT", "yes", True),
        ("AMAZON_SP_ROLE_ARN", "arn:aws:iam::123456789012:role/x", "arn:aws:iam::123456789012:role/x"),
        ("AMAZON_REGION", "us-gov-west-1", "us-gov-west-1"),
    ],
)
def test_good_values_are_taken_and_tidied(load, variable, value, kept):
    companions = {"SHOPIFY_ACCESS_TOKEN": "shpat_1"} if variable == "SHOPIFY_SHOP" else {}

    assert getattr(load(**{variable: value}, **companions), variable.lower()) == kept


def test_an_issuer_is_kept_to_the_letter(load):
    settings = load(OIDC_ISSUER="https://issuer.example/", OIDC_AUDIENCE="portside")

    assert settings.oidc_issuer == "https://issuer.example/"


@pytest.mark.parametrize(
    ("variable", "value", "missing"),
    [
        ("AMAZON_LWA_APP_ID", "id", "AMAZON_LWA_CLIENT_SECRET"),
        ("AMAZON_LWA_CLIENT_SECRET", "secret", "AMAZON_LWA_APP_ID"),
        ("AMAZON_ADS_CLIENT_ID", "id", "AMAZON_ADS_CLIENT_SECRET"),
        ("AMAZON_ADS_CLIENT_SECRET", "secret", "AMAZON_ADS_CLIENT_ID"),
        ("AMAZON_REFRESH_TOKEN", "Atzr|a", "AMAZON_SELLER_ID"),
        ("AMAZON_SELLER_ID", "A1", "AMAZON_REFRESH_TOKEN"),
        ("SHOPIFY_CLIENT_ID", "id", "SHOPIFY_CLIENT_SECRET"),
        ("SHOPIFY_CLIENT_SECRET", "secret", "SHOPIFY_CLIENT_ID"),
        ("SHOPIFY_ACCESS_TOKEN", "shpat_1", "SHOPIFY_SHOP"),
        ("SHOPIFY_SHOP", "store", "SHOPIFY_ACCESS_TOKEN"),
        ("OIDC_ISSUER", "https://issuer.example", "OIDC_AUDIENCE"),
        ("OIDC_AUDIENCE", "portside", "OIDC_ISSUER"),
        ("OIDC_JWKS_URL", "https://issuer.example/keys", "OIDC_ISSUER"),
    ],
)
def test_half_a_pair_names_the_other_half(problems, variable, value, missing):
    found = problems(**{variable: value})

    assert list(found) == [missing]
    assert variable in found[missing]


@pytest.mark.parametrize(
    ("given", "secrets"), [("one", ("one",)), ("new,old", ("new", "old")), ("new, old", ("new", "old"))]
)
def test_two_client_secrets_stand_side_by_side_the_new_one_first(load, given, secrets):
    settings = load(AMAZON_LWA_APP_ID="id", AMAZON_LWA_CLIENT_SECRET=given)

    assert settings.amazon_lwa_client_secrets == secrets
    assert settings.missing_lwa_client == ()


def test_a_client_that_is_not_set_is_named(load):
    settings = load()

    assert settings.amazon_lwa_client_secrets == ()
    assert settings.missing_lwa_client == ("AMAZON_LWA_APP_ID", "AMAZON_LWA_CLIENT_SECRET")


def test_a_store_may_do_with_client_credentials(load):
    settings = load(SHOPIFY_SHOP="store", SHOPIFY_CLIENT_ID="id", SHOPIFY_CLIENT_SECRET="secret")

    assert settings.shopify_access_token is None


def test_syncing_faster_than_rate_limits_allow_is_refused_with_the_reason(problems):
    message = problems(SYNC_INTERVAL_MINUTES="9")["SYNC_INTERVAL_MINUTES"]

    assert "rate limits" in message
    assert "SYNC_ALLOW_FAST=true" in message


def test_syncing_fast_can_be_insisted_on(load):
    assert load(SYNC_INTERVAL_MINUTES="1", SYNC_ALLOW_FAST="true").sync_interval_minutes == 1


def test_a_short_retention_shortens_the_backfill_unless_that_was_asked_for(load, problems):
    assert load(RETENTION_DAYS="30").backfill_days == 30
    assert "RETENTION_DAYS" in problems(RETENTION_DAYS="30", BACKFILL_DAYS="31")["BACKFILL_DAYS"]


@pytest.mark.parametrize(
    ("variables", "on"),
    [
        ({}, True),
        ({"PORTSIDE_ENV": "test"}, False),
        ({"AMAZON_LWA_APP_ID": "id", "AMAZON_LWA_CLIENT_SECRET": "secret"}, False),
        ({"AMAZON_ADS_CLIENT_ID": "id", "AMAZON_ADS_CLIENT_SECRET": "secret"}, False),
        ({"AMAZON_SIMULATOR": "off"}, False),
        ({"PORTSIDE_ENV": "test", "AMAZON_SIMULATOR": "on"}, True),
        (PRODUCTION, False),
    ],
)
def test_the_embedded_amazon_is_on_where_nobody_brought_a_client(load, variables, on):
    assert load(**variables).amazon_simulator is on


def test_production_asks_for_what_development_generates(problems):
    found = problems(PORTSIDE_ENV="production", AMAZON_SIMULATOR="on", PUBLIC_URL="http://portside.example")

    assert list(found) == [
        "AMAZON_SIMULATOR",
        "FRONTEND_URL",
        "PUBLIC_URL",
        "SECRET_KEY",
        "TOKEN_ENCRYPTION_KEYS",
    ]


def test_production_starts_with_what_it_asks_for(load):
    assert load(**PRODUCTION).is_production


def test_production_refuses_a_short_signing_key(problems):
    assert problems(**PRODUCTION | {"SECRET_KEY": "s" * 31}) == {
        "SECRET_KEY": "must have at least 32 characters in production"
    }


def test_production_behind_a_loopback_address_may_do_without_https(load):
    assert load(**PRODUCTION | {"PUBLIC_URL": "http://localhost:5000"}).public_url == "http://localhost:5000"


def test_addresses_that_follow_from_others(load):
    settings = load(PUBLIC_URL="https://portside.example", FRONTEND_URL="https://app.example:8443/shop/")

    assert settings.redirect_uri("amazon") == "https://portside.example/api/v1/amazon/oauth/callback"
    assert settings.redirect_uri("ads") == "https://portside.example/api/v1/ads/oauth/callback"
    assert settings.redirect_uri("shopify") == "https://portside.example/api/v1/shopify/oauth/callback"
    assert settings.frontend_url == "https://app.example:8443/shop"
    assert settings.frontend_origin == "https://app.example:8443"


def test_the_instance_folder_moves_the_database_with_it(load, tmp_path):
    relative, absolute = load(PORTSIDE_INSTANCE="kept"), load(PORTSIDE_INSTANCE="/srv/portside")

    assert relative.portside_instance == tmp_path / "kept"
    assert absolute.portside_instance == Path("/srv/portside")
    assert absolute.database_url.get_secret_value() == "sqlite:////srv/portside/portside.db"


def test_the_process_environment_is_read_unless_another_is_given(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKER_THREADS", "3")
    monkeypatch.chdir(tmp_path)

    assert load_settings().worker_threads == 3
    assert load_settings({}).worker_threads == 8


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "amazon.localhost", "127.0.0.1", "127.8.9.1", "::1"]
)
def test_loopback_hosts(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", [None, "", "example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "::"]
)
def test_other_hosts(host):
    assert not is_loopback(host)
