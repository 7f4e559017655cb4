from rest_framework import mixins, viewsets

from .models import Guest
from .serializers import GuestSerializer


class GuestViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The guest list of a hotel. Guests are added at check-in."""

    serializer_class = GuestSerializer

    def get_queryset(self):
        return Guest.objects.filter(
            hotel__slug=self.kwargs["hotel_slug"]
        ).select_related("room")
