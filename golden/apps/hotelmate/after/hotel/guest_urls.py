from django.urls import path

from .canonical_guest_chat_views import GuestChatView
from .guest_views import cancel_my_booking

urlpatterns = [
    path("<str:booking_id>/cancel/", cancel_my_booking),
    path("<str:booking_id>/chat/", GuestChatView.as_view()),
]
