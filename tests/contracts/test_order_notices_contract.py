"""What every store does with Amazon's word that an order has changed."""

from domain.sync.order_notices import SEEN_AFTER, OrderNotices
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, registered, scheduled
from tests.fakes.clock import HeldClock


def test_the_orders_of_a_seller_are_due_soon_and_no_later_by_more_changes(backend: Backend) -> None:
    connection = scheduled(backend, registered(backend), due_at=NOW + 60 * MINUTE)
    clock = HeldClock(NOW)
    notices = OrderNotices(backend.work, clock)

    for seller_id in (connection.seller_id, "NOBODYS", connection.seller_id):
        notices.take({"OrderChangeNotification": {"SellerId": seller_id}})
        clock.advance(MINUTE / 2)
        notices.look_again()

    with backend.look() as work:
        (state,) = work.sync.states(connection.user_id)
    assert state.next_run_at == NOW + SEEN_AFTER
