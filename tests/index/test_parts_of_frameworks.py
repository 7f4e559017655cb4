"""Types that only Django, its REST framework or the other classes of a mixin give."""

from __future__ import annotations

import pytest

from pusher_migrate.index.types.types import Instance
from tests.trees import index_of, marked, module_of

FILES = {
    "manage.py": "",
    "site/settings.py": 'AUTH_USER_MODEL = "people.Person"\n',
    "people/__init__.py": "",
    "people/models.py": """
        from django.conf import settings
        from django.contrib.auth.models import AbstractUser
        from django.db import models

        class Person(AbstractUser):
            pass

        class Note(models.Model):
            author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    """,
}


def told(body: str) -> str:
    index = index_of({**FILES, "people/code.py": body})
    module = module_of(index, "people/code.py")
    found = index.inference.type_of(module, marked(module))
    return found.cls.name if isinstance(found, Instance) else str(found)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
            from django.contrib.auth import get_user_model
            User = get_user_model()
            def f(): HERE(User.objects.get(pk=1))
            """,
            "Person",
        ),
        (
            """
            from people.models import Note
            def f(note: Note): HERE(note.author)
            """,
            "Person",
        ),
        (
            """
            from rest_framework import serializers
            from people.models import Note
            class S(serializers.ModelSerializer):
                class Meta:
                    model = Note
                def create(self, data):
                    note = super().create(data)
                    HERE(note)
            """,
            "Note",
        ),
        (
            """
            from rest_framework import serializers
            class S(serializers.Serializer):
                def create(self, data):
                    HERE(super().create(data))
            """,
            "None",
        ),
        (
            """
            from django.contrib import admin
            from people.models import Note
            @admin.register(Note)
            class NoteAdmin(admin.ModelAdmin):
                def save_model(self, request, obj, form, change): HERE(obj)
            """,
            "Note",
        ),
        (
            """
            from django.contrib import admin
            from people.models import Note
            class NoteAdmin(admin.ModelAdmin):
                def delete_model(self, request, obj): HERE(obj)
            admin.site.register(Note, NoteAdmin)
            """,
            "Note",
        ),
        (
            """
            from django.contrib import admin
            from people.models import Note, Person
            @admin.register(Note, Person)
            class BothAdmin(admin.ModelAdmin):
                def save_model(self, request, obj, form, change): HERE(obj)
            """,
            "None",
        ),
        (
            """
            from typing import Protocol
            from people.models import Note
            class HasAuthor(Protocol):
                author: object
            def f(it: HasAuthor): HERE(it)
            def g(): f(Note())
            """,
            "Note",
        ),
        (
            """
            from people.models import Note
            class Mixin:
                def f(self): HERE(self.find())
            class Finder(Mixin):
                def find(self): return Note()
            """,
            "Note",
        ),
        (
            """
            from people.models import Note, Person
            class Mixin:
                def f(self): HERE(self.find())
            class Finder(Mixin):
                def find(self): return Note()
            class OtherFinder(Mixin):
                def find(self): return Person()
            """,
            "None",
        ),
    ],
)
def test_types(body: str, expected: str) -> None:
    assert told(body) == expected


def test_modules_below_a_folder_that_is_no_package_are_found_by_name_if_there_is_one() -> None:
    files = {"manage.py": "", "apps/rt/__init__.py": "", "apps/rt/hub.py": "hub = 1\n"}
    assert index_of(files).project.find_module("rt.hub") == "apps/rt/hub.py"
    assert index_of(files).project.find_module("hub") is None
    twice = {**files, "other/rt/__init__.py": "", "other/rt/hub.py": "hub = 2\n"}
    assert index_of(twice).project.find_module("rt.hub") is None
