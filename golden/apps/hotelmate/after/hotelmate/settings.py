"""Settings of the HotelMate backend. Everything that differs per machine is read from the environment."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-development")
DEBUG = os.environ.get("DEBUG", "1") == "1"
ALLOWED_HOSTS = ["*"] if DEBUG else os.environ.get("ALLOWED_HOSTS", "").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "hotel",
    "rooms",
    "room_bookings",
    "guests",
    "housekeeping",
    "room_services",
    "staff_chat",
    "notifications",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

ROOT_URLCONF = "hotelmate.urls"
WSGI_APPLICATION = "hotelmate.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ---

DB_ENGINE = os.environ.get("DB_ENGINE", "django.db.backends.sqlite3")

DATABASES = {
    "default": {
        "ENGINE": DB_ENGINE,
        "NAME": os.environ.get("DB_NAME", str(BASE_DIR / "db.sqlite3")),
        "HOST": os.environ.get("DB_HOST", ""),
        "PORT": os.environ.get("DB_PORT", ""),
        "USER": os.environ.get("DB_USER", ""),
        "PASSWORD": os.environ.get("DB_PASSWORD", ""),
    }
}

# --- Time ---

TIME_ZONE = "UTC"
USE_TZ = True

# --- REST API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    # Guest-facing views opt out with AllowAny.
    "DEFAULT_PERMISSION_CLASSES": ["hotel.permissions.IsHotelStaff"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# --- Pusher ---
# The defaults fit a Pusher-compatible server on this machine, so that development never talks to
# the production account.

PUSHER_HOST = os.environ.get("PUSHER_HOST", "127.0.0.1")
PUSHER_PORT = int(os.environ.get("PUSHER_PORT", "6001"))
PUSHER_APP_ID = os.environ.get("PUSHER_APP_ID", "100001")
PUSHER_KEY = os.environ.get("PUSHER_KEY", "hotelmate-key")
PUSHER_SECRET = os.environ.get("PUSHER_SECRET", "hotelmate-secret")
PUSHER_SSL = os.environ.get("PUSHER_SSL", "0") == "1"

# --- Machines that are not users ---

PAYMENT_WEBHOOK_SECRET = os.environ.get("PAYMENT_WEBHOOK_SECRET", "dev-payments")
CORRIDOR_TABLET_TOKEN = os.environ.get("CORRIDOR_TABLET_TOKEN", "dev-tablet")

# --- Logging ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
