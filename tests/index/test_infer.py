"""What an expression is: each case is a few files and one marked expression."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import dedent

import pytest

from pusher_migrate.index.types import models
from pusher_migrate.index.types.types import (
    ClassType,
    ExternalInstance,
    FunctionType,
    Instance,
    Many,
    ModuleType,
)
from tests.trees import index_of, marked, module_of

MODELS = """
    from django.db import models

    class Hotel(models.Model):
        slug = models.SlugField()

    class Room(models.Model):
        hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="rooms")

    class Guest(models.Model):
        room = models.ForeignKey("Room", null=True, on_delete=models.SET_NULL)
        invited_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
        friends = models.ManyToManyField("hotel.Guest", related_name="friend_of")

    class Key(models.Model):
        room = models.OneToOneField(Room, on_delete=models.CASCADE)
"""
USE = """
    from django.shortcuts import get_object_or_404
    from hotel.models import Guest, Hotel, Key, Room

"""


def told(body: str, where: str = "hotel/views.py", **more: str) -> str:
    files = {"manage.py": "", "hotel/__init__.py": "", "hotel/models.py": MODELS, **more}
    lines = body.strip("\n").splitlines()
    files["hotel/views.py"] = USE + "\n".join(f"    {line}" for line in lines)
    index = index_of(files)
    module = module_of(index, where)
    found = index.inference.type_of(module, marked(module))
    match found:
        case Instance(cls, by_name):
            return cls.name + ("?" if by_name else "")
        case Many(Instance(cls)):
            return f"many {cls.name}"
        case ExternalInstance(path):
            return path
        case ClassType() | FunctionType():
            return f"{type(found).__name__} {found.dotted}"
        case ModuleType(inner):
            return f"module {inner.name}"
    return str(found)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Room.objects.get(pk=1)", "Room"),
        ("Room.objects.select_for_update().filter(x=1).first()", "Room"),
        ("Room.objects.filter(x=1)", "many Room"),
        ("Room.objects.filter(x=1)[0]", "Room"),
        ("Room.objects.get_or_create(x=1)[0]", "Room"),
        ("get_object_or_404(Room, pk=1)", "Room"),
        ("get_object_or_404(Room.objects.filter(x=1), pk=1)", "Room"),
        ("get_object_or_404(Room, pk=1).hotel", "Hotel"),
        ("Hotel.objects.get(pk=1).rooms", "many Room"),
        ("Hotel.objects.get(pk=1).rooms.first().hotel", "Hotel"),
        ("Room.objects.get(pk=1).guest_set.last()", "Guest"),
        ("Room.objects.get(pk=1).key", "Key"),
        ("Guest.objects.get(pk=1).invited_by.room", "Room"),
        ("Guest.objects.get(pk=1).friends.first()", "Guest"),
        ("Guest.objects.get(pk=1).friend_of", "many Guest"),
        ("Room()", "Room"),
        ("Room", "ClassType hotel.models.Room"),
        ("Room.objects.get(pk=1) or Room()", "Room"),
        ("Room.objects.get(pk=1) or Hotel()", "None"),
        ("Room() if 1 else None", "Room"),
        ("[r for r in Room.objects.all()]", "many Room"),
        ("(r := Room())", "Room"),
        ("Room.objects.raw('select 1')[0]", "Room"),
        ("Room.objects.in_bulk([1])[1]", "Room"),
        ("Room.objects.in_bulk([1]).values()", "many Room"),
        ("next(iter(Room.objects.all()), None)", "Room"),
        ("next(iter(Room.objects.all()), 0)", "None"),
        ("next(r for r in Room.objects.all())", "Room"),
        ("next(iter({1: Room()}))", "None"),
        ("max(Room.objects.all(), key=str, default=None)", "Room"),
        ("min([Room(), Room()], key=str)", "Room"),
        ("max(Room(), Room(), key=str)", "Room"),
        ("max(Room(), Hotel(), key=str)", "None"),
        ("max(Room.objects.all(), default=Hotel())", "None"),
        ("max(Room.objects.values('pk'))", "None"),
        ("list(filter(None, Room.objects.all()))", "many Room"),
        ("Room.objects.mystery()", "None"),
        ("unknown_function()", "None"),
    ],
)
def test_expressions(expression: str, expected: str) -> None:
    assert told(f"def view(request):\n    HERE({expression})") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def f(room: Room): HERE(room)", "Room"),
        ("def f(room: 'Room | None'): HERE(room)", "Room"),
        ("def f(rooms: list[Room]):\n    for r in rooms: HERE(r)", "Room"),
        ("def f(rooms: list[Room]):\n    for i, r in enumerate(rooms): HERE(r)", "Room"),
        ("def f(it): HERE(it)\ndef g(): f(Room())", "Room"),
        ("def f(it): HERE(it)\ndef g(): f(Room())\ndef h(): f(it=Room())", "Room"),
        ("def f(it): HERE(it)\ndef g(): f(Room())\ndef h(): f(Hotel())", "None"),
        ("def f(it): HERE(it)\ndef g(x): f(x)", "None"),
        ("def f(room): HERE(room)", "Room?"),
        ("def f(x):\n    x = Room()\n    HERE(x)", "Room"),
        ("def f(x):\n    x = Hotel()\n    x = Room()\n    HERE(x)", "Room"),
        ("def f(y):\n    x = Hotel()\n    if y:\n        x = Room()\n    HERE(x)", "None"),
        ("def f(y):\n    x = None\n    if y:\n        x = Room()\n    HERE(x)", "Room"),
        ("def f():\n    x, y = Hotel(), Room()\n    HERE(y)", "Room"),
        ("def f():\n    x, made = Room.objects.update_or_create(a=1)\n    HERE(x)", "Room"),
        ("def make(): return Room()\ndef f(): HERE(make())", "Room"),
        ("def make() -> Room: return eval('1')\ndef f(): HERE(make())", "Room"),
        ("def make(y):\n    if y: return None\n    return Room()\ndef f(): HERE(make(1))", "Room"),
        ("def f(): return lambda room=Room(): HERE(room)", "Room"),
        (
            "class A:\n    def __init__(self): self.r = Room()\n    def f(self): HERE(self.r)",
            "Room",
        ),
        (
            "class A:\n    @property\n    def r(s): return Room()\n    def f(self): HERE(self.r)",
            "Room",
        ),
        ("class A:\n    r = Room()\nclass B(A):\n    def f(self): HERE(self.r.hotel)", "Hotel"),
        ("def loop(): return loop()\ndef f(): HERE(loop())", "None"),
        ("def f():\n    for pk, r in Room.objects.in_bulk([1]).items(): HERE(r)", "Room"),
        ("def f():\n    for pk, r in Room.objects.in_bulk([1]).items(): HERE(pk)", "None"),
        ("def f():\n    one, *rest = Room.objects.all()\n    HERE(one)", "Room"),
        ("def f():\n    one, *rest = Room.objects.all()\n    HERE(rest)", "many Room"),
        ("def f():\n    *rest, one = Room.objects.all()\n    HERE(one)", "Room"),
        ("def f():\n    one, *rest = Room(), Hotel()\n    HERE(one)", "None"),
        ("def f():\n    one, *rest = Room(), Hotel()\n    HERE(rest)", "None"),
    ],
)
def test_bindings(body: str, expected: str) -> None:
    assert told(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            """
from rest_framework import generics
class V(generics.UpdateAPIView):
    queryset = Room.objects.all()
    def put(self, request):
        HERE(self.get_object())
""",
            "Room",
        ),
        (
            """
from rest_framework import generics
class V(generics.UpdateAPIView):
    def get_queryset(self):
        return Room.objects.filter(x=1)
    def put(self, request):
        room = self.get_object()
        HERE(room)
""",
            "Room",
        ),
        (
            """
from rest_framework import generics, serializers
class S(serializers.ModelSerializer):
    class Meta:
        model = Room
class V(generics.CreateAPIView):
    serializer_class = S
    def perform_create(self, serializer):
        HERE(serializer.save(x=1))
""",
            "Room",
        ),
        (
            """
from django.dispatch import receiver
from django.db.models.signals import post_save
@receiver(post_save, sender=Room)
def saved(sender, instance, **kwargs):
    HERE(instance)
""",
            "Room",
        ),
        (
            """
from django.db.models.signals import post_save
def saved(sender, instance, **kwargs):
    HERE(instance)
post_save.connect(saved, sender=Guest)
""",
            "Guest",
        ),
        (
            """
from django.views.generic import DetailView
class V(DetailView):
    model = Guest
    def get(self, request):
        HERE(self.get_object().room)
""",
            "Room",
        ),
        (
            """
from django.apps import apps
def f(): HERE(apps.get_model("hotel", "Room").objects.get(pk=1))
""",
            "Room",
        ),
    ],
)
def test_django_gives_types(body: str, expected: str) -> None:
    assert told(body) == expected


def test_imports_of_every_form() -> None:
    files = {
        "manage.py": "",
        "hotel/__init__.py": "",
        "hotel/models.py": MODELS,
        "api/__init__.py": "from .shortcuts import *\nfrom hotel import models as m",
        "api/shortcuts.py": "from hotel.models import Room as Zimmer",
    }
    for statement, use in [
        ("from hotel import models", "models.Room()"),
        ("import hotel.models", "hotel.models.Room()"),
        ("import hotel.models as hm", "hm.Room()"),
        ("from api.shortcuts import Zimmer", "Zimmer()"),
        ("from api import Zimmer as Z", "Z()"),
        ("from api import m", "m.Room()"),
        ("from .shortcuts import Zimmer", "Zimmer()"),
        ("from . import shortcuts", "shortcuts.Zimmer()"),
        ("from ..hotel.models import Room", "Room()"),
    ]:
        text = f"{statement}\ndef f():\n    HERE({use})\n"
        index = index_of({**files, "api/views.py": text})
        module = module_of(index, "api/views.py")
        found = index.inference.type_of(module, marked(module))
        beyond = statement.startswith("from ..")
        assert (isinstance(found, Instance) and found.cls.name == "Room") is not beyond, statement


def test_later_module_binding_wins_inside_functions() -> None:
    text = """
        from hotel.models import Room as thing
        from hotel.models import Hotel as thing
        def f():
            HERE(thing())
    """
    index = index_of(
        {"manage.py": "", "hotel/__init__.py": "", "hotel/models.py": MODELS, "v.py": text}
    )
    module = module_of(index, "v.py")
    found = index.inference.type_of(module, marked(module))
    assert isinstance(found, Instance)
    assert found.cls.name == "Hotel"


def test_a_neighbour_called_like_the_sdk_does_not_hide_it() -> None:
    index = index_of(
        {
            "manage.py": "",
            "chat/pusher.py": "import pusher\nclient = pusher.Pusher(app_id='1')\n",
            "chat/views.py": "from chat.pusher import client\ndef f():\n    HERE(client)\n",
        }
    )
    module = module_of(index, "chat/views.py")
    assert index.inference.type_of(module, marked(module)) == ExternalInstance("pusher.Pusher")


def test_rows_by_another_manager_and_managers_of_other_packages() -> None:
    models = """
        from django.db import models
        from scopes import ScopedManager, TagManager

        class Order(models.Model):
            objects = ScopedManager(shop="shop")
            tags = TagManager()

            @property
            def open_lines(self):
                return self.lines(manager="open_objects")

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
            open_objects = models.Manager()
    """
    for expression, expected in [
        ("Order.objects.filter(x=1).first()", "Order"),
        ("Order.objects.get(x=1).open_lines.first()", "Line"),
        ("Order.objects.get(x=1).tags.first()", "None"),
    ]:
        body = f"from shop.models import Order\ndef f():\n    HERE({expression})"
        assert told(body, **{"shop/__init__.py": "", "shop/models.py": models}) == expected


def test_an_app_is_called_by_its_label() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/core/__init__.py": "",
        "shop/core/apps.py": """
            from django.apps import AppConfig

            class CoreConfig(AppConfig):
                name = "shop.core"
                label = "shopcore"
        """,
        "shop/core/models/__init__.py": "",
        "shop/core/models/orders.py": """
            from django.db import models

            class Order(models.Model):
                line = models.ForeignKey("shopcore.Room", on_delete=models.CASCADE)

            class Room(models.Model):
                pass

            class Odd(models.Model):
                class Meta:
                    app_label = "elsewhere"
        """,
    }
    index = index_of({"manage.py": "", "hotel/__init__.py": "", "hotel/models.py": MODELS, **files})
    for name, label in [("Order", "shopcore.Order"), ("Odd", "elsewhere.Odd")]:
        cls = models.model_by_label(index.inference, label)
        assert cls is not None and models.label(index.inference, cls) == label
        assert cls.name == name
    order = models.model_by_label(index.inference, "shopcore.Order")
    assert order is not None
    room = index.inference.member(Instance(order), "line")
    assert isinstance(room, Instance) and room.cls.dotted == "shop.core.models.orders.Room"
    room_of_hotel = models.model_by_label(index.inference, "hotel.Room")
    assert room_of_hotel is not None and room_of_hotel.dotted == "hotel.models.Room"


def test_a_parameter_that_no_call_passes_is_its_default() -> None:
    body = """
        class Sender:
            def __init__(self, given=None):
                self.room = given or Room.objects.get(pk=1)

        sender = Sender()

        def f():
            HERE(sender.room)
    """
    assert told(dedent(body)) == "Room"
    assert told(dedent(body).replace("Sender()", "Sender(Guest())")) == "None"


@pytest.fixture
def room_for_depth() -> Iterator[None]:
    """Python's stack as the command line makes it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("room_for_depth")
def test_a_long_chain_of_calls_is_followed_to_its_end() -> None:
    # What was cut short would be kept, and then depend on what was asked first.
    body = "def step_0():\n    return Room()\n"
    for number in range(1, 90):
        body += f"def step_{number}():\n    return step_{number - 1}()\n"
    assert told(body + "HERE(step_89())") == "Room"


def test_without_that_room_a_long_chain_has_no_answer_and_no_end_in_an_error() -> None:
    body = "def step_0():\n    return Room()\n"
    for number in range(1, 300):
        body += f"def step_{number}():\n    return step_{number - 1}()\n"
    assert told(body + "HERE(step_299())") == told("HERE(nothing)")


BY = "for r in Room.objects.all(): "


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"by = {{}}\n{BY}by.setdefault(r.pk, []).append(r)\nHERE(by[1])", "many Room"),
        (f"by = {{}}\n{BY}by.setdefault(r.pk, []).append(r)\nHERE(by.items())", "rows"),
        (f"by = {{}}\n{BY}by.setdefault(r.pk, set()).add(r)\nHERE(by.get(1))", "many Room"),
        (f"by = defaultdict(list)\n{BY}by[r.pk].append(r)\nHERE(by[1])", "many Room"),
        (f"by = defaultdict(list)\n{BY}by[r.pk].extend([r])\nHERE(by[1])", "many Room"),
        (f"by = dict()\n{BY}by[r.pk] = r\nfor k, x in by.items(): HERE(x)", "Room"),
        (f"by = {{}}\n{BY}by[r.pk] = r\nby[0] = Hotel()\nHERE(by.get(1))", "None"),
        (f"by = {{}}\n{BY}by[r.pk] = r\nby.update(other)\nHERE(by.get(1))", "None"),
        (f"by = {{}}\n{BY}by[r.pk] = r\nfill(by)\nHERE(by.get(1))", "None"),
        (f"by = {{}}\n{BY}by[r.pk] = r\nprint(len(by))\nHERE(by.get(1))", "Room"),
        (f"by = {{}}\n{BY}by[r.pk] = r\nalso = by\nHERE(by.get(1))", "None"),
        (f"by = {{}}\n{BY}by.setdefault(r.pk, []).append(r)\nfill(by[1])\nHERE(by[1])", "None"),
        (
            f"by = defaultdict(list)\n{BY}by[r.pk].append(r)\nx = by[1]\nx.append(1)\n"
            "HERE(by[1])",
            "None",
        ),
        (f"by = {{1: other}}\n{BY}by[r.pk] = r\nHERE(by.get(1))", "None"),
        (f"rows = []\n{BY}rows.append(r)\nHERE(rows)", "many Room"),
        (f"rows = []\n{BY}rows.append(r)\nrows.insert(0, Hotel())\nHERE(rows)", "None"),
        (f"rows = []\n{BY}rows.append(r)\nrows += [Hotel()]\nHERE(rows)", "None"),
        (f"rows = []\n{BY}rows.append(r)\nfill(rows)\nHERE(rows)", "None"),
        (f"rows = []\n{BY}rows.append(r)\nRoom.objects.bulk_create(rows)\nHERE(rows[0])", "Room"),
    ],
)
def test_filled_containers(body: str, expected: str) -> None:
    lines = "".join(f"\n    {line}" for line in body.splitlines())
    found = told(
        f"from collections import defaultdict\ndef f(other):{lines}\ndef fill(x): x[1] = 1"
    )
    if expected == "rows":
        assert found.startswith("Many(element=TupleOf(elements=(None, Many(")
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("assert isinstance(x, Room)\nHERE(x)", "Room"),
        ("assert isinstance(x, Room) and x.pk\nfor y in z:\n    HERE(x)", "Room"),
        ("if isinstance(x, Room):\n    y = 1\n    HERE(x)", "Room"),
        ("if isinstance(x, Room):\n    pass\nelse:\n    HERE(x)", "None"),
        ("if isinstance(x, Room):\n    pass\nHERE(x)", "None"),
        ("if isinstance(x, Room) or z:\n    HERE(x)", "None"),
        ("if not isinstance(x, Room):\n    return\nHERE(x)", "Room"),
        ("if z or not isinstance(x, Room):\n    return\nHERE(x)", "Room"),
        ("if not isinstance(x, Room):\n    print(1)\nHERE(x)", "None"),
        ("if isinstance(x, Room):\n    x = z\n    HERE(x)", "None"),
        ("if isinstance(x, (Room, Hotel)):\n    HERE(x)", "None"),
        ("assert isinstance(x, Room)\nfor x in z:\n    HERE(x)", "None"),
        ("for x in z:\n    assert isinstance(x, Room)\n    HERE(x)", "Room"),
        ("for x in z:\n    if not isinstance(x, Room):\n        continue\n    HERE(x)", "Room"),
        ("while z:\n    assert isinstance(x, Room)\n    x = z()\n    HERE(x)", "None"),
        ("isinstance(x, Room) and HERE(x)", "Room"),
        ("HERE(x) if isinstance(x, Room) else 1", "Room"),
        ("isinstance(x, Room) and z(lambda: HERE(x))", "None"),
        ("assert isinstance(room, Hotel)\nHERE(room)", "Hotel"),
        ("assert isinstance(x, z)\nHERE(x)", "None"),
    ],
)
def test_isinstance(body: str, expected: str) -> None:
    lines = "".join(f"\n    {line}" for line in body.splitlines())
    assert told(f"def f(x, z, room):{lines}") == expected


ADMIN = """
    from django.contrib import admin
    from django.contrib.admin import ModelAdmin, action
    from rest_framework.decorators import action as other
    from hotel.models import Guest, Room

"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "@admin.register(Room)\nclass A(ModelAdmin):\n    @admin.action(description='x')\n"
            "    def close(self, request, queryset):\n        HERE(queryset)",
            "many Room",
        ),
        (
            "class A(ModelAdmin):\n    @action\n    def close(self, request, chosen):\n"
            "        for each in chosen: HERE(each)\nadmin.site.register(Room, A)",
            "Room",
        ),
        (
            "class A(ModelAdmin):\n    def delete_queryset(self, request, queryset):\n"
            "        HERE(queryset)\nadmin.site.register(Room, admin_class=A)",
            "many Room",
        ),
        (
            "@admin.register(Room)\nclass A(ModelAdmin):\n    actions = ['close']\n"
            "    def close(self, request, queryset): HERE(queryset)",
            "many Room",
        ),
        (
            "def close(modeladmin, request, queryset): HERE(queryset)\n"
            "@admin.register(Room)\nclass A(ModelAdmin):\n    actions = [close]",
            "many Room",
        ),
        (
            "class Base(ModelAdmin):\n    @action\n    def close(self, request, queryset):\n"
            "        HERE(queryset)\n@admin.register(Room)\nclass A(Base): pass",
            "many Room",
        ),
        (
            "class Base(ModelAdmin):\n    @action\n    def close(self, request, queryset):\n"
            "        HERE(queryset)\n@admin.register(Room)\nclass A(Base): pass\n"
            "@admin.register(Guest)\nclass B(Base): pass",
            "None",
        ),
        (
            "@admin.register(Room, Guest)\nclass A(ModelAdmin):\n    @action\n"
            "    def close(self, request, queryset): HERE(queryset)",
            "None",
        ),
        (
            "@admin.register(Room)\nclass A(ModelAdmin):\n"
            "    def close(self, request, queryset): HERE(queryset)",
            "None",
        ),
        (
            "@admin.register(Room)\nclass A(ModelAdmin):\n    @other\n"
            "    def close(self, request, queryset): HERE(queryset)",
            "None",
        ),
        (
            "@admin.register(Room)\nclass A(ModelAdmin):\n"
            "    def response_change(self, request, obj): HERE(obj)",
            "Room",
        ),
    ],
)
def test_admin(body: str, expected: str) -> None:
    text = ADMIN + "\n".join(f"    {line}" for line in body.splitlines())
    assert told("x = 1", **{"hotel/admin.py": text}, where="hotel/admin.py") == expected
