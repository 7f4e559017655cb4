from realtime.client import pusher_client as pusher_client
