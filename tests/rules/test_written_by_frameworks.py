"""What forms, serializers and generic views write is seen, also where nothing of it is written."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from pusher_migrate.model import Applicability
from tests.rules.rooms import CATALOGUE, check_noop, look

SERIALIZERS = """
from django import forms
from rest_framework import serializers

from app.models import Guest, Room


class RoomSerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["occupied", "hotel"]


class ReadOnlySerializer(serializers.ModelSerializer):
    class Meta:
        model = Room
        fields = ["occupied", "hotel"]
        read_only_fields = ["occupied"]


class OwnSerializer(RoomSerializer):
    def update(self, instance, validated_data):
        return instance


class GuestSerializer(serializers.ModelSerializer):
    class Meta:
        model = Guest
        fields = ["room"]


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["occupied", "hotel"]


class HotelForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["hotel"]
"""
IMPORTS = """
from django.views.generic import CreateView, UpdateView
from rest_framework import generics, viewsets

from app.serializers import *
from app.serializers import (
    GuestSerializer, HotelForm, OwnSerializer, ReadOnlySerializer, RoomForm, RoomSerializer
)

"""
FILES = {"app/serializers.py": SERIALIZERS}
NEW = """
[[state]]
model = "app.Room"
fields = ["occupied"]
on = ["create"]
emit = "realtime_room_created(room)"
"""


def change(made: str, save: str = "room.save()") -> str:
    body = f"form = {made}\nroom = form.save(commit=False)\nroom.name = 'x'\n{save}\nreturn room"
    return f"{IMPORTS}\ndef change(request, given: Room):\n{indent(body, '    ')}\n"


def test_a_form_that_leaves_the_saving_to_the_view() -> None:
    found = look(change("RoomForm(request.POST, instance=given)"), FILES)
    (only,) = found.changes
    assert only.applicability is Applicability.REVIEW
    assert "which of its fields the form changes is known only at run time" in only.review_reasons
    assert "room.save()\n    transaction.on_commit(\n        lambda room=room" in found.text


@pytest.mark.parametrize(
    ("made", "save"),
    [
        ("RoomForm(request.POST)", "room.save()"),
        ("HotelForm(request.POST, instance=given)", "room.save()"),
        ("RoomForm(request.POST, instance=given)", "room.save(update_fields=['hotel'])"),
        ("RoomForm(request.POST, instance=given)", "print(room)"),
    ],
)
def test_a_form_that_changes_nothing_that_is_watched(made: str, save: str) -> None:
    found = look(change(made, save), FILES)
    assert [code for code in found.codes if code not in ("PM304", "pm304")] == []


def test_a_form_that_makes_a_row() -> None:
    found = look(change("RoomForm(request.POST)"), FILES, CATALOGUE + NEW)
    assert "realtime_room_created(room)" in found.text


@pytest.mark.parametrize(
    ("view", "hook"),
    [
        ("viewsets.ModelViewSet", "perform_update"),
        ("generics.RetrieveUpdateAPIView", "perform_update"),
        ("generics.UpdateAPIView", "perform_update"),
    ],
)
def test_a_view_that_saves_by_code_of_its_framework(view: str, hook: str) -> None:
    text = f"class Rooms({view}):\n    queryset = Room.objects.all()\n"
    found = look(f"{IMPORTS}\n{text}    serializer_class = RoomSerializer\n", FILES)
    (deferral,) = found.deferrals
    assert deferral.code == "PM301"
    for part in ("Rooms saves what RoomSerializer takes", f"{hook}(self, serializer)"):
        assert part in deferral.reason
    assert "realtime_room_occupancy" in deferral.reason


def test_a_view_with_a_form() -> None:
    text = "class Change(UpdateView):\n    model = Room\n    form_class = RoomForm\n"
    (deferral,) = look(f"{IMPORTS}\n{text}", FILES).deferrals
    assert "form_valid(self, form)" in deferral.reason


def test_a_view_that_makes_rows() -> None:
    text = "class Rooms(generics.CreateAPIView):\n    serializer_class = RoomSerializer\n"
    (deferral,) = look(f"{IMPORTS}\n{text}", FILES, CATALOGUE + NEW).deferrals
    assert "perform_create(self, serializer)" in deferral.reason
    check_noop(f"{IMPORTS}\n{text}", FILES)


@pytest.mark.parametrize(
    "view",
    [
        """
        class Rooms(viewsets.ModelViewSet):
            queryset = Room.objects.all()
            serializer_class = ReadOnlySerializer
        """,
        """
        class Rooms(viewsets.ModelViewSet):
            queryset = Room.objects.all()
            serializer_class = OwnSerializer
        """,
        """
        class Guests(viewsets.ModelViewSet):
            queryset = Guest.objects.all()
            serializer_class = GuestSerializer
        """,
        """
        class Rooms(viewsets.ReadOnlyModelViewSet):
            queryset = Room.objects.all()
            serializer_class = RoomSerializer
        """,
        """
        class Rooms(viewsets.ModelViewSet):
            queryset = Room.objects.all()
            serializer_class = RoomSerializer
            http_method_names = ["get", "post"]
        """,
        """
        class Rooms(viewsets.ModelViewSet):
            queryset = Room.objects.all()
            serializer_class = RoomSerializer

            def perform_update(self, serializer):
                room = serializer.save()
                manager.realtime_room_occupancy(room)
        """,
        """
        from django.db.models.signals import post_save
        from django.dispatch import receiver


        @receiver(post_save, sender=Room)
        def told(sender, instance, **kwargs):
            manager.realtime_room_occupancy(instance)


        class Rooms(viewsets.ModelViewSet):
            queryset = Room.objects.all()
            serializer_class = RoomSerializer
        """,
    ],
)
def test_a_view_that_is_right_as_it_is(view: str) -> None:
    check_noop(IMPORTS + dedent(view), FILES)
