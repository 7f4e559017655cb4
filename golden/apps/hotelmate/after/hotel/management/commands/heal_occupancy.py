from django.core.management.base import BaseCommand

from hotel.models import Hotel
from hotel.services.booking_integrity import heal_room_occupancy


class Command(BaseCommand):
    help = "Make the occupancy of all rooms agree with the guest lists (nightly)."

    def handle(self, *args, **options):
        for hotel in Hotel.objects.all():
            healed = heal_room_occupancy(hotel)
            self.stdout.write(f"{hotel}: {len(healed)} rooms healed")
