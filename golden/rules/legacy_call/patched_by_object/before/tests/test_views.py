from unittest import mock

from shop import views


def test_pay(order):
    with mock.patch.object(views, "pusher_client") as client:
        views.pay(order)
    client.trigger.assert_called_once()
