from django.urls import path

from .views import BreakfastOrderView, RoomServiceOrderView

urlpatterns = [
    path("<str:booking_id>/orders/", RoomServiceOrderView.as_view()),
    path("<str:booking_id>/breakfast/", BreakfastOrderView.as_view()),
]
