"""Where things are comes from the environment, as in the projects this stands for."""

import os


def _database(prefix):
    names = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")
    return {name: os.environ[prefix + name] for name in names}


SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "behaviour.project.desk"]
ROOT_URLCONF = "behaviour.project.urls"
DATABASES = {"default": _database("DB_"), "other": _database("OTHER_DB_")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

PUSHER = {
    "app_id": os.environ["PUSHER_APP_ID"],
    "key": os.environ["PUSHER_KEY"],
    "secret": os.environ["PUSHER_SECRET"],
    "host": os.environ["PUSHER_HOST"],
    "port": int(os.environ["PUSHER_PORT"]),
    "ssl": False,
}
