import os

from live.client import LiveClient

SECRET_KEY = os.environ.get("SECRET_KEY", "dev")
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "orders", "stock", "couriers"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "greengrocer"}}

CHANNEL_PREFIX = "shop-"
LIVE = LiveClient(
    app_id=os.environ.get("PUSHER_APP_ID", "1"),
    key=os.environ.get("PUSHER_KEY", "key"),
    secret=os.environ.get("PUSHER_SECRET", "secret"),
)
