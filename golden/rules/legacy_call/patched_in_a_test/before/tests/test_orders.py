from unittest import mock


@mock.patch("shop.orders.pusher_client")
def test_pay(client):
    pass
