from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from guests.models import Guest
from hotel.models import Hotel, Staff
from room_bookings.models import RoomBooking
from rooms.models import Room
from staff_chat.models import StaffConversation

GUESTS = [("Ada", "Byrne"), ("Bo", "Nilsson"), ("Chen", "Li"), ("Dina", "Haddad")]


class Command(BaseCommand):
    help = (
        "Create the hotel 'seaview' with rooms, bookings and the users desk and maid."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        if Hotel.objects.filter(slug="seaview").exists():
            self.stdout.write("The demo hotel is already there.")
            return

        hotel = Hotel.objects.create(name="Seaview", slug="seaview")
        for floor in (1, 2):
            for number in (1, 2, 3):
                Room.objects.create(
                    hotel=hotel, floor=floor, room_number=f"{floor}0{number}"
                )

        conversation = StaffConversation.objects.create(hotel=hotel, title="Everyone")
        for username, department in (("desk", "front_desk"), ("maid", "housekeeping")):
            user = get_user_model().objects.create_user(
                username, password=username, first_name=username.title()
            )
            conversation.participants.add(
                Staff.objects.create(user=user, hotel=hotel, department=department)
            )

        today = date.today()
        for number, (first_name, last_name) in enumerate(GUESTS, start=1):
            booking = RoomBooking.objects.create(
                hotel=hotel,
                booking_id=f"BK-2025-{number:04}",
                arrival=today,
                departure=today + timedelta(days=number),
                total_price=120 * number,
            )
            Guest.objects.create(
                hotel=hotel,
                booking=booking,
                first_name=first_name,
                last_name=last_name,
                is_primary=True,
            )
        self.stdout.write(
            "Hotel 'seaview' created; users desk and maid, password = name."
        )
