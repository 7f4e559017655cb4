from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import staff_views
from .canonical_guest_chat_views import StaffSideChatView

router = SimpleRouter()
router.register(
    "approvals", staff_views.StaffBookingApprovalViewSet, basename="approval"
)

urlpatterns = [
    path("bookings/", staff_views.StaffBookingListCreateView.as_view()),
    path("bookings/<str:booking_id>/confirm/", staff_views.confirm_booking),
    path(
        "bookings/<str:booking_id>/room/", staff_views.StaffRoomAssignmentView.as_view()
    ),
    path(
        "bookings/<str:booking_id>/cancel/",
        staff_views.StaffBookingCancelView.as_view(),
    ),
    path("bookings/<str:booking_id>/no-show/", staff_views.mark_no_show),
    path("bookings/<str:booking_id>/express/", staff_views.express_stay),
    path("bookings/<str:booking_id>/check-in/", staff_views.StaffCheckInView.as_view()),
    path(
        "bookings/<str:booking_id>/check-out/", staff_views.StaffCheckOutView.as_view()
    ),
    path("bookings/<str:booking_id>/chat/", StaffSideChatView.as_view()),
    path("", include(router.urls)),
]
