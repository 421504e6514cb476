"""Changing a connection."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.connections.changes import Wish
from domain.connections.model import Connection, ConnectionStatus
from domain.connections.self_authorised import Brought
from domain.errors import (
    ClientRefused,
    Conflict,
    InvalidInput,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamTimedOut,
)
from domain.tokens.model import LwaClient, RefreshToken
from tests.domain.connections.bench import VISITOR, Bench
from tests.fakes.things import CA, DE, NOW, US, a_level, a_user, kept

OWN = LwaClient("amzn1.application-oa2-client.own", "amzn1.oa2-cs.v1.own")
NEW = LwaClient("amzn1.application-oa2-client.new", "amzn1.oa2-cs.v1.new")
ROLE = "arn:aws:iam::123456789012:role/portside"
MEXICO = "A1AM78C64UM0Y8"


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.accounts.marketplace_ids = (US, CA)
    return bench


def make(bench: Bench, connection: Connection, wish: Wish) -> Connection:
    changed = bench.changes.make(bench.user, VISITOR, connection.id, wish)
    assert changed == kept(bench.store, connection)
    return changed


def refused(bench: Bench, connection: Connection, wish: Wish) -> set[str]:
    """The fields that were wrong; nothing has changed."""
    before = bench.store.tables.snapshot()
    with pytest.raises(InvalidInput) as caught:
        bench.changes.make(bench.user, VISITOR, connection.id, wish)
    assert bench.store.tables == before
    return set(caught.value.fields)


def with_own_client(bench: Bench) -> Connection:
    brought = Brought("SELLER1", RefreshToken("Atzr|own"), (US,), client=OWN)
    return bench.self_authorised.connect(bench.user, VISITOR, brought).connection


# The default


def test_the_default_moves(bench: Bench) -> None:
    first, second = bench.connect("SELLER1"), bench.connect("SELLER2")

    make(bench, second, Wish(is_default=True))

    assert [(one.id, one.is_default) for one in bench.mine()] == [(second.id, True), (first.id, False)]


def test_a_disconnected_connection_does_not_become_the_default_one(bench: Bench) -> None:
    bench.connect("SELLER1")
    gone = bench.connections.disconnect(bench.user, VISITOR, bench.connect("SELLER2").id)

    assert refused(bench, gone, Wish(is_default=True)) == {"is_default"}


def test_a_client_that_lwa_takes_the_token_from_connects_the_seller_again(bench: Bench) -> None:
    connection = with_own_client(bench)
    bench.health.revoked(connection.id, "Amazon does not honour the consent any more.")

    changed = make(bench, connection, Wish(client_id=NEW.id, client_secret=NEW.secret))

    assert (changed.status, changed.last_error) == (ConnectionStatus.CONNECTED, None)
    assert {each.next_run_at for each in bench.store.tables.resources.values()} == {NOW}


def test_one_connection_is_always_the_default_one(bench: Bench) -> None:
    first, second = bench.connect("SELLER1"), bench.connect("SELLER2")

    assert refused(bench, first, Wish(is_default=False)) == {"is_default"}
    assert make(bench, second, Wish(is_default=False)) == second


# Marketplaces


def test_only_the_chosen_marketplaces_are_synced(bench: Bench) -> None:
    connection = bench.connect()

    changed = make(bench, connection, Wish(marketplace_ids=(CA,)))

    assert (changed.chosen_ids, changed.marketplace_ids, changed.marketplace_id) == ((CA,), (CA,), CA)


def test_without_a_choice_all_are_synced_again(bench: Bench) -> None:
    connection = bench.connect()
    make(bench, connection, Wish(marketplace_ids=(CA,)))

    changed = make(bench, connection, Wish(marketplace_ids=None))

    assert (changed.chosen_ids, set(changed.marketplace_ids)) == (None, {US, CA})


def test_what_comes_in_is_synced_at_once(bench: Bench) -> None:
    connection = bench.connect()
    make(bench, connection, Wish(marketplace_ids=(CA,)))
    with bench.work() as work:
        for task in work.sync.claim(NOW, "w", NOW + timedelta(minutes=5), 10):
            work.sync.finish(task.lease, {}, task.run.progress, NOW, NOW + timedelta(hours=1), None)
        work.commit()

    make(bench, connection, Wish(marketplace_ids=None))

    assert {row.next_run_at for row in bench.store.tables.resources.values()} == {NOW}


def test_stock_of_what_goes_out_is_listed_no_more(bench: Bench) -> None:
    connection = bench.connect()
    with bench.work() as work:
        for marketplace_id in (US, CA):
            work.stock.save_page(connection.id, marketplace_id, [a_level()], "pass", NOW)
        work.commit()

    make(bench, connection, Wish(marketplace_ids=(US,)))

    assert {key[1]: row.listed for key, row in bench.store.tables.stock.items()} == {US: True, CA: False}


@pytest.mark.parametrize("ids", [(), ("MARS",), (DE,), (US, DE), (US, MEXICO)])
def test_only_marketplaces_in_which_the_seller_sells_can_be_chosen(
    bench: Bench, ids: tuple[str, ...]
) -> None:
    connection = bench.connect()

    assert refused(bench, connection, Wish(marketplace_ids=ids)) == {"marketplace_ids"}


def test_as_long_as_amazon_has_named_none_any_of_the_region_can_be_chosen(bench: Bench) -> None:
    bench.accounts.trouble.append(UpstreamTimedOut("slow"))
    connection = bench.connect()

    changed = make(bench, connection, Wish(marketplace_ids=(MEXICO,)))

    assert changed.marketplace_ids == (MEXICO,)


def test_the_default_marketplace_is_one_of_those_that_are_synced(bench: Bench) -> None:
    connection = bench.connect()

    assert make(bench, connection, Wish(marketplace_id=CA)).marketplace_id == CA
    assert refused(bench, connection, Wish(marketplace_ids=(US,), marketplace_id=CA)) == {"marketplace_id"}
    assert refused(bench, connection, Wish(marketplace_id="MARS")) == {"marketplace_id"}
    assert make(bench, connection, Wish(marketplace_ids=(US,), marketplace_id=US)).marketplace_id == US


def test_a_role_comes_and_goes(bench: Bench) -> None:
    connection = bench.connect()

    assert make(bench, connection, Wish(iam_role_arn=ROLE)).iam_role_arn == ROLE
    assert make(bench, connection, Wish(iam_role_arn=None)).iam_role_arn is None


# The user's own client


def test_a_new_client_is_tried_with_the_stored_token_then_kept(bench: Bench) -> None:
    connection = bench.connect()

    changed = make(bench, connection, Wish(client_id=NEW.id, client_secret=NEW.secret))

    with bench.look() as work:
        stored = work.vault.look(connection.id)
    assert (bench.lwa.asked_with[-1], bench.lwa.asked_as[-1]) == (RefreshToken("Atzr|code-1"), NEW)
    assert changed.lwa_client_id == NEW.id
    assert stored is not None
    assert (stored.client, stored.refresh_token) == (NEW, RefreshToken("Atzr|code-1"))


def test_a_new_secret_alone_is_a_rotation(bench: Bench) -> None:
    connection = with_own_client(bench)

    changed = make(bench, connection, Wish(client_secret="rotated"))

    assert bench.lwa.asked_as[-1] == LwaClient(OWN.id, "rotated")
    assert changed.lwa_client_id == OWN.id
    assert bench.store.tables.tokens[connection.id].client_secret == "rotated"
    assert dict(bench.entries[-1].details) == {
        "changed": "lwa_client_secret",
        "lwa_client_secret": "changed",
    }


def test_without_one_the_installations_client_is_used_again(bench: Bench) -> None:
    connection = with_own_client(bench)

    changed = make(bench, connection, Wish(client_id=None, client_secret=None))

    assert bench.lwa.asked_as[-1] is None
    assert changed.lwa_client_id is None
    assert bench.store.tables.tokens[connection.id].client_secret is None


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (Wish(client_id=NEW.id), {"lwa_client_secret"}),
        (Wish(client_id=NEW.id, client_secret=None), {"lwa_client_secret"}),
        (Wish(client_secret=None), {"lwa_client_secret"}),
        (Wish(client_id=None, client_secret="x"), {"lwa_client_id"}),
    ],
)
def test_half_a_client_is_none(bench: Bench, wish: Wish, fields: set[str]) -> None:
    connection = with_own_client(bench)

    assert refused(bench, connection, wish) == fields


def test_a_secret_without_a_client_is_worth_nothing(bench: Bench) -> None:
    assert refused(bench, bench.connect(), Wish(client_secret="x")) == {"lwa_client_id"}


def test_a_client_can_not_be_tried_without_a_token(bench: Bench) -> None:
    connection = bench.connect()
    bench.connections.disconnect(bench.user, VISITOR)

    wish = Wish(client_id=NEW.id, client_secret=NEW.secret)

    assert refused(bench, connection, wish) == {"lwa_client_id"}


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (ReauthorizationRequired("invalid_grant"), {"refresh_token"}),
        (
            ClientRefused("invalid_client", (), code="invalid_client", own=True),
            {"lwa_client_id", "lwa_client_secret"},
        ),
    ],
)
def test_a_client_that_lwa_refuses_changes_nothing(
    bench: Bench, error: PortsideError, fields: set[str]
) -> None:
    connection = bench.connect()
    bench.lwa.renewals.append(error)

    wish = Wish(client_id=NEW.id, client_secret=NEW.secret, iam_role_arn=ROLE)

    assert refused(bench, connection, wish) == fields


@pytest.mark.parametrize("error", [RateLimited("slow", 2.0), UpstreamTimedOut("slow")])
def test_a_client_that_could_not_be_tried_changes_nothing(bench: Bench, error: PortsideError) -> None:
    connection = bench.connect()
    bench.lwa.renewals.append(error)

    with pytest.raises(type(error)):
        make(bench, connection, Wish(client_id=NEW.id, client_secret=NEW.secret, iam_role_arn=ROLE))

    assert kept(bench.store, connection) == connection


def test_what_can_not_be_is_said_before_lwa_is_asked(bench: Bench) -> None:
    connection = bench.connect()
    wish = Wish(client_id=NEW.id, client_secret=NEW.secret, marketplace_ids=(DE,), is_default=False)

    assert refused(bench, connection, wish) == {"marketplace_ids", "is_default"}
    assert bench.lwa.refreshes == 0


def test_a_grant_that_was_renewed_while_lwa_was_asked_is_not_overwritten(bench: Bench) -> None:
    connection = bench.connect()

    def renewed_elsewhere() -> None:
        with bench.work() as work:
            work.vault.keep(connection.id, RefreshToken("Atzr|fresh"), None)
            work.commit()

    bench.lwa.during = renewed_elsewhere

    with pytest.raises(Conflict):
        make(bench, connection, Wish(client_id=NEW.id, client_secret=NEW.secret))

    assert kept(bench.store, connection).lwa_client_id is None
    assert bench.store.tables.tokens[connection.id].refresh_token == RefreshToken("Atzr|fresh")


# What is told


def test_a_change_is_in_the_audit_log_with_old_and_new_but_no_secret(bench: Bench) -> None:
    connection = bench.connect()
    wish = Wish(marketplace_ids=(CA,), client_id=NEW.id, client_secret=NEW.secret)

    make(bench, connection, wish)

    entry, event = bench.entries[-1], bench.store.tables.events[-1]
    assert (entry.action, entry.connection_id, entry.address) == (
        "connection.changed",
        connection.id,
        VISITOR.address,
    )
    assert dict(entry.details) == {
        "changed": "lwa_client_id, lwa_client_secret, marketplace_id, marketplace_ids",
        "lwa_client_id": f"the installation's → {NEW.id}",
        "lwa_client_secret": "changed",
        "marketplace_id": f"{US} → {CA}",
        "marketplace_ids": f"all → {CA}",
    }
    assert (event.kind, event.data) == (
        "connection.changed",
        {"connection_id": str(connection.id), "status": "connected"},
    )


@pytest.mark.parametrize("wish", [Wish(), Wish(is_default=True), Wish(marketplace_id=US, iam_role_arn=None)])
def test_a_wish_that_changes_nothing_is_not_written_down(bench: Bench, wish: Wish) -> None:
    connection = bench.connect()
    before = bench.store.tables.snapshot()

    assert make(bench, connection, wish) == connection
    assert bench.store.tables == before


def test_somebody_elses_connection_is_not_found(bench: Bench) -> None:
    connection = bench.connect()

    with pytest.raises(NotFound):
        bench.changes.make(a_user("eve@example.com"), VISITOR, connection.id, Wish(iam_role_arn=ROLE))


def test_a_wish_is_shown_without_its_secret() -> None:
    assert NEW.secret not in repr(Wish(client_secret=NEW.secret))
    assert NEW.secret not in repr(replace(Wish(), client_secret=NEW.secret))
