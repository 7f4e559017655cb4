from unittest import mock

from billing import views

CLIENT = views.pusher_client


@mock.patch("billing.views.pusher_client")
def test_nothing(client):
    pass
