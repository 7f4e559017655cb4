from django.apps import AppConfig


class RoomServicesConfig(AppConfig):
    name = "room_services"

    def ready(self):
        from . import signals  # noqa: F401
