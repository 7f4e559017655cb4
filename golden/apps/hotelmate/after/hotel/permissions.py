from rest_framework.permissions import BasePermission


class IsHotelStaff(BasePermission):
    """Lets in users who work at the hotel that the URL names."""

    def has_permission(self, request, view):
        staff = getattr(request.user, "staff_profile", None)
        return staff is not None and staff.hotel.slug == view.kwargs.get("hotel_slug")
