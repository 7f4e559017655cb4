from django.urls import include, path

from hotel.payment_views import PaymentWebhookView

urlpatterns = [
    path("api/staff/<slug:hotel_slug>/", include("hotel.staff_urls")),
    path("api/staff/<slug:hotel_slug>/rooms/", include("rooms.urls")),
    path("api/staff/<slug:hotel_slug>/stays/", include("room_bookings.urls")),
    path("api/staff/<slug:hotel_slug>/guests/", include("guests.urls")),
    path("api/staff/<slug:hotel_slug>/housekeeping/", include("housekeeping.urls")),
    path("api/staff/<slug:hotel_slug>/chat/", include("staff_chat.urls")),
    path("api/guest/", include("hotel.guest_urls")),
    path("api/guest/", include("room_services.urls")),
    path("api/payments/webhook/", PaymentWebhookView.as_view()),
]
