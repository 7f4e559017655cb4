from django.urls import path

from .views import RoomStatusView

urlpatterns = [
    path("rooms/<int:room_id>/status/", RoomStatusView.as_view()),
]
