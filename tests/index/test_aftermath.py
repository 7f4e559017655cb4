"""What is done to an object after a place: each way, and that other objects are told apart."""

from __future__ import annotations

import ast

import pytest

from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Reference, chain_of
from pusher_migrate.index.instances.touches import Touch

from ..trees import index_of, marked, module_of

MODELS = """
    from django.db import models

    class Hotel(models.Model):
        name = models.TextField()

    class Room(models.Model):
        hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE)
        status = models.TextField()
        tags = models.ManyToManyField(Hotel)
        prices = models.JSONField()

        def clean_up(self):
            self.status = "CLEAN"

        def describe(self):
            return self.status

    class Note(models.Model):
        room = models.ForeignKey(Room, on_delete=models.CASCADE)
"""
HEAD = """
    from contextlib import contextmanager
    from functools import partial

    from forms import RoomForm
    from shop.models import Hotel, Note, Room

    def mark(room):
        room.status = "X"

    def settle(room):
        room.status = "X"
        room.save()

    def look(room, depth=0):
        return look(room, depth + 1) if depth < 3 else room.status

    def mark_all(rooms):
        for room in rooms:
            room.status = "X"

    def extend(text):
        text += "!"

    def forget(room):
        room.delete()

    @contextmanager
    def opened(room):
        yield room

    class Marking:
        def __init__(self, room):
            room.status = "X"

    class Marker:
        def __call__(self, room):
            room.status = "X"

    class Closing:
        def __init__(self, room):
            self.room = room

        def __enter__(self):
            return self

        def __exit__(self, *args):
            self.room.status = "X"

    def any_of(*rooms, **named):
        return rooms[0] if rooms else named["room"]

    class RoomEditor(RoomForm):
        pass
"""


def followed(body: str) -> tuple[list[Touch], list[Touch]]:
    """What happens to the argument of ``HERE(...)``, and which changes are not saved."""
    lines = "\n".join(f"        {line}" for line in body.strip().split("\n"))
    return traced(
        f"{HEAD}\n    def run(room: Room, other: Room, rooms, flag, by_key=None):\n{lines}\n"
    )


def touched(code: str) -> list[Touch]:
    return traced(code)[0]


def traced(code: str) -> tuple[list[Touch], list[Touch]]:
    """The same, for the code of a whole file."""
    index = index_of({"shop/models.py": MODELS, "shop/views.py": code, "shop/__init__.py": ""})
    module = module_of(index, "shop/views.py")
    place = marked(module)
    function = module.named_function_around(place)
    assert function is not None
    graph = index.inference.locals.graph(function)
    chain = chain_of(place)
    assert chain is not None
    aftermath = Aftermath(index.inference)
    touches = aftermath.after(module, function, graph.nodes_at(place), [Reference(chain)])
    assert touches is not None
    return touches, aftermath.unsaved(module, function, touches)


def kinds(body: str) -> list[str]:
    touches, _ = followed(body)
    return [touch.kind.value for touch in touches]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("HERE(room)\nroom.status = 1", ["changed"]),
        ("HERE(room)\nroom.count += 1", ["changed"]),
        ("HERE(room)\ndel room.status", ["changed"]),
        ("HERE(room)\nroom.hotel.name = 'x'", ["changed"]),
        ("HERE(room)\nhotel = room.hotel\nhotel.name = 'x'", ["changed"]),
        ("HERE(room)\nroom.extra['k'] = 1", ["changed"]),
        ("HERE(room)\nroom.extra.append(1)", ["changed"]),
        ("HERE(room)\nsetattr(room, 'status', 1)", ["changed"]),
        ("HERE(room)\nsame = room\nsame.status = 1", ["changed"]),
        ("same = room\nHERE(room)\nsame.status = 1", ["changed"]),
        ("room = other.room\nHERE(room)\nother.room.status = 1", ["changed"]),
        ("HERE(room)\nother.room = room\nother.room.status = 1", ["changed"]),
        ("HERE(room)\npair = [room, 1]\npair[0].status = 1", ["changed"]),
        ("pair = [room, other]\nHERE(room)\nfor each in pair:\n    each.status = 1", ["changed"]),
        (
            "for room in rooms:\n    HERE(room)\nfor each in rooms:\n    each.status = 1",
            ["changed"],
        ),
        ("for other in rooms:\n    pass\nroom = rooms[0]\nHERE(room)\nother.x = 1", ["changed"]),
        (
            "for number, room in enumerate(rooms):\n    HERE(room)\n"
            "for each in reversed(rooms):\n    each.x = 1",
            ["changed"],
        ),
        (
            "for other in rooms:\n    other.x = 1\n    for room in rooms:\n        HERE(room)",
            ["changed", "unclear"],
        ),
        ("other.room = room\nHERE(room)\nother.room.x = 1", ["changed"]),
        ("kept = []\nkept.append(room)\nHERE(room)\nkept[0].x = 1", ["changed"]),
        ("kept = {}\nkept['a'] = room\nHERE(room)\nkept['a'].x = 1", ["changed"]),
        ("HERE(room)\nif flag:\n    room.status = 1", ["changed"]),
        ("for room in rooms:\n    HERE(room)\n[mark(each) for each in rooms]", ["changed"]),
        ("HERE(rooms)\n{each.x: mark(each) for each in rooms if each}", ["changed"]),
        ("HERE(room)\nrooms += [room]\nfor each in rooms:\n    each.x = 1", ["changed"]),
        ("rooms += [room]\nHERE(room)\nrooms[0].x = 1", ["changed"]),
        ("HERE(room)\nrooms.extend([room, other])\nrooms[0].x = 1", ["changed"]),
        ("HERE(rooms)\nfor number, each in enumerate(rooms):\n    each.x = 1", ["changed"]),
        ("HERE(rooms)\nroom = next(iter(rooms))\nroom.status = 1", ["changed"]),
        ("HERE(rooms)\nroom = rooms.pop()\nroom.status = 1", ["changed", "changed"]),
        ("room = rooms[0]\nHERE(rooms)\nroom.status = 1", ["changed"]),
        ("for room in rooms:\n    pass\nHERE(rooms)\nroom.status = 1", ["changed"]),
        ("room = next(iter(rooms))\nHERE(rooms)\nroom.status = 1", ["changed"]),
        ("room = rooms.get('a')\nHERE(room)\nrooms['a'].status = 1", ["changed"]),
        ("hotel = room.hotel\nHERE(room)\nhotel.name = 'x'", ["changed"]),
        ("hotel = room.hotel\nsame = hotel\nHERE(room)\nsame.name = 'x'", ["changed"]),
        ("for room in rooms:\n    HERE(room)\nroom.status = 1", ["changed"]),
        ("HERE(room)\nfor room in rooms:\n    pass\nroom.status = 1", ["changed"]),
        ("while flag:\n    room.status = 1\n    look(HERE(room))", ["changed", "unclear"]),
        ("HERE(room)\nmark(room)", ["changed"]),
        ("HERE(room)\nsettle(room)", ["resaved", "saved"]),
        ("HERE(room)\nmark_all([room])", ["unclear"]),
        ("pair = [room]\nHERE(room)\nmark_all(pair)", ["changed"]),
        ("HERE(room)\nforget(room)", ["deleted"]),
        ("HERE(room)\nroom.clean_up()", ["changed"]),
        ("HERE(room)\nroom.save()", ["saved"]),
        ("HERE(room)\nroom.delete()", ["deleted"]),
        ("HERE(room)\nroom.refresh_from_db()", ["refreshed"]),
        ("HERE(room)\nunknown(room)", ["unclear"]),
        ("HERE(room)\nother.unknown(room=room)", ["unclear"]),
        ("HERE(room)\nform = RoomEditor(instance=room)\nform.save()", ["resaved"]),
        ("HERE(room)\nform = RoomEditor(instance=room)\nform.is_valid()", ["unclear"]),
        ("HERE(room)\ndef later():\n    room.status = 1", ["possible"]),
        ("HERE(room)\ndef later():\n    same = room\n    same.status = 1", ["possible"]),
        ("HERE(room)\ndef later(same=room):\n    same.status = 1", ["possible"]),
        (
            "HERE(room)\nclass Later:\n    def run(self):\n        room.delete()",
            ["possible"],
        ),
        ("def mine():\n    room.status = 1\nHERE(room)\nmine()", ["changed"]),
        ("def mine():\n    settle(room)\nHERE(room)\nmine()", ["resaved", "saved"]),
        (
            "if flag:\n    def mine():\n        look(room)\nelse:\n"
            "    def mine():\n        forget(room)\nHERE(room)\nmine()",
            ["deleted"],
        ),
        (
            "def mine(depth):\n    room.hotel.x = 1\n    mine(depth)\nHERE(room)\nmine(1)",
            ["changed"],
        ),
        (
            "HERE(room)\ntry:\n    other.save()\nexcept ValueError:\n    room.status = 1",
            ["changed"],
        ),
    ],
)
def test_what_is_done(body: str, expected: list[str]) -> None:
    assert kinds(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "HERE(room)",
        "room.status = 1\nHERE(room)",
        "HERE(room)\nother.status = 1",
        "HERE(room)\nroom = other\nroom.status = 1",
        "HERE(room)\nroom = Room()\nroom.status = 1",
        "HERE(room)\nfor room in rooms:\n    room.status = 1",
        "for room in rooms:\n    room.status = 1\n    HERE(room)",
        "for room in rooms:\n    room.status = 1\n    room.save()\n    HERE(room)",
        "HERE(room)\nlook(room)",
        "for other in rooms:\n    for room in other.rooms.all():\n        room.x = 1\n"
        "        HERE(room)",
        "for other in rooms:\n    room = Room.objects.get(pk=other.pk)\n    room.x = 1\n"
        "    HERE(room)",
        "for number, room in enumerate(rooms):\n    room.x = 1\n    HERE(room)",
        "HERE(room)\nroom.describe()",
        "HERE(room)\nroom.get_status_display()",
        "HERE(room)\nroom.tags.add(other.hotel)",
        "HERE(room)\nroom.tags.filter(name='x').delete()",
        "HERE(room)\nprint(room, str(room), f'{room}')",
        "HERE(room)\nRoom.objects.create(hotel=room.hotel)",
        "HERE(room)\nnumbers = [room.status for room in rooms]",
        "HERE(room)\nsort = sorted(rooms, key=lambda room: room.status)",
        "if flag:\n    HERE(room)\nelse:\n    room.status = 1",
        "room.status = 1\nroom.save()\nHERE(room)\nreturn room",
    ],
)
def test_what_does_no_harm(body: str) -> None:
    assert kinds(body) == []


@pytest.mark.parametrize(
    ("body", "unsaved"),
    [
        ("HERE(room)\nroom.status = 1\nroom.save()", 0),
        ("HERE(room)\nroom.status = 1\nroom.save(update_fields=['status'])", 0),
        ("HERE(room)\nroom.hotel_id = 1\nroom.save(update_fields=['hotel'])", 0),
        ("HERE(room)\nroom.status = 1\nroom.save(update_fields=None)", 0),
        ("HERE(room)\nroom.status = 1\nroom.save(update_fields=['hotel'])", 1),
        ("HERE(room)\nroom.status = 1\nroom.save(update_fields=rooms)", 1),
        ("HERE(room)\nroom.status = 1\nif flag:\n    room.save()", 1),
        ("HERE(room)\nroom.save()\nroom.status = 1", 1),
        ("HERE(room)\nroom.status = 1\nother.save()", 1),
        ("HERE(room)\nroom.hotel.name = 'x'\nroom.save()", 1),
        ("HERE(room)\nroom.hotel.name = 'x'\nroom.hotel.save()", 0),
        ("HERE(room)\nroom.status = 1\nif flag:\n    raise ValueError\nroom.save()", 0),
    ],
)
def test_changes_are_saved_or_not(body: str, unsaved: int) -> None:
    assert len(followed(body)[1]) == unsaved


def test_methods_reach_the_attributes_of_their_object() -> None:
    source = HEAD + """
    class Base:
        def finish(self):
            self.room.status = "X"

    class Desk(Base):
        def run(self, other):
            HERE(self.room)
            self.close()
            self.look()
            super().finish()
            file(self)

        def close(self):
            settle(self.room)

        def look(self):
            self.other.status = "X"
            return self.room.status

    def file(desk):
        desk.room.delete()
    """
    touches = touched(source)
    assert [(touch.kind.value, touch.text) for touch in touches] == [
        ("resaved", "self.close"),
        ("saved", "self.close"),
        ("changed", "super().finish"),
        ("deleted", "file"),
    ]


def test_an_attribute_is_followed_as_well() -> None:
    touches, _ = followed("HERE(other.hotel)\nother.hotel.name = 1\nother.hotel = None")
    assert [(touch.kind.value, touch.text) for touch in touches] == [
        ("changed", "other.hotel.name")
    ]


def test_too_many_paths_are_said_to_be_too_many() -> None:
    from pusher_migrate.index.instances import walk as module

    body = "HERE(room)\n" + "\n".join(
        f"if flag:\n    a{n} = room\nelse:\n    a{n} = other" for n in range(14)
    )
    body += "\n" + "\n".join(f"print(a{n})" for n in range(14))
    before, module.MAX_REFERENCES = module.MAX_REFERENCES, 2_000
    try:
        with pytest.raises(AssertionError):
            followed(body)
    finally:
        module.MAX_REFERENCES = before


@pytest.mark.parametrize("step", ["node.parent", "node[:1]", "[*node][0]"])
def test_a_loop_that_climbs_comes_to_an_end(step: str) -> None:
    touches, _ = followed(f"HERE(room)\nnode = room\nwhile flag:\n    node = {step}\nother.x = 1")
    assert not touches


def test_what_a_loop_climbs_to_is_a_part() -> None:
    loop = "HERE(room)\nnode = room\nwhile flag:\n    node = node.parent\n"
    touches, unsaved = followed(f"{loop}    node.status = 1\n    node.save()")
    assert {touch.kind.value for touch in touches} == {"changed", "saved"}
    assert all(touch.part for touch in touches)
    assert not unsaved
    _, unsaved = followed(f"{loop}    node.status = 1\nroom.save()")
    assert unsaved


def test_nodes_are_ast_nodes() -> None:
    touches, _ = followed("HERE(room)\nroom.status = 1")
    assert isinstance(touches[0].tree, ast.Attribute)


def test_a_row_that_refers_to_it_is_no_wrapper() -> None:
    touches, _ = followed("HERE(room)\nnote = Note(room=room)\nnote.save()")
    assert not touches
    touches, _ = followed("HERE(room)\nform = RoomForm(instance=room)\nform.save()")
    assert touches


def test_the_value_of_a_plain_field_is_no_part_that_changes() -> None:
    touches, _ = followed("HERE(room)\nextend(room.status)\nhand_on(room.status)")
    assert not touches
    touches, _ = followed("HERE(room)\nhand_on(room.hotel)\nhand_on(room.prices)")
    assert {touch.part for touch in touches} == {("hotel",), ("prices",)}


@pytest.mark.parametrize(
    "taken",
    ["next(iter(rooms))", "max(rooms, key=len)", "[*rooms][0]", "list(rooms)[2]", "rooms[-1]"],
)
def test_an_item_may_be_taken_from_its_container_again(taken: str) -> None:
    touches, _ = followed(f"HERE(rooms[0])\nrow = {taken}\nrow.status = 1")
    assert [touch.kind.value for touch in touches] == ["changed"]
    touches, _ = followed(f"HERE(rooms[0])\nrow = {taken}\nother.status = 1")
    assert not touches


def test_a_loop_may_come_to_an_item_of_its_container() -> None:
    touches, _ = followed("HERE(rooms[0])\nfor row in rooms:\n    row.status = 1")
    assert [touch.kind.value for touch in touches] == ["changed"]


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        ("rows = [room, other]", "rows[0]", "room.status = 1"),
        ("rows = {'a': room}", "rows['a']", "room.status = 1"),
        ("rows = []\nrows.append(room)", "rows[0]", "room.status = 1"),
        ("rows = [*rooms]", "rows[0]", "rooms[1].status = 1"),
        ("row, last = rooms", "row", "rooms[0].status = 1"),
        ("row, *rest = rooms", "rest", "rooms[1].status = 1"),
        ("[1 for room.twin in rooms]", "rooms[0]", "room.twin.status = 1"),
        ("pass", "rooms[0]", "match rooms:\n    case [row, *_]:\n        row.status = 1"),
    ],
)
def test_what_was_put_together_may_be_reached_apart(before: str, sent: str, after: str) -> None:
    touches, unsaved = followed(f"{before}\nHERE({sent})\n{after}")
    assert [touch.kind.value for touch in touches] == ["changed"]
    assert unsaved == touches


@pytest.mark.parametrize(
    "body",
    [
        "rows = [room, other]\nHERE(rows[0])\nrows[0].status = 1\nother.save()",
        "HERE(rooms[0])\nrooms[0].status = 1\nrooms[1].save()",
        "HERE(rooms[0])\nfor row in rooms:\n    row.status = 1\nrooms[0].save()",
    ],
)
def test_a_save_of_what_may_be_another_item_saves_nothing(body: str) -> None:
    _, unsaved = followed(body)
    assert [touch.kind.value for touch in unsaved] == ["changed"]


CALLED = """
    from shop.models import Room

    class Desk:
        room: Room
        last: Room

        @property
        def current(self):
            return self.room

        def pick(self):
            return self.room

        def keep(self, room):
            self.last = room

        def keep_room(self):
            self.keep(self.room)

        def swap(self):
            self.room, self.last = self.last, self.room

        def renew(self):
            self.last = Room()

        def run(self, room: Room):
{lines}
"""


def in_method(body: str) -> tuple[list[Touch], list[Touch]]:
    """What happens to the argument of ``HERE(...)`` in a method, and what is not saved."""
    lines = "\n".join(f"            {line}" for line in body.strip().split("\n"))
    return traced(CALLED.replace("{lines}", lines))


@pytest.mark.parametrize(
    "body",
    [
        "HERE(self.room)\nself.current.status = 1",
        "HERE(self.current)\nself.room.status = 1",
        "row = self.current\nHERE(row)\nself.room.status = 1",
        "HERE(self.room)\nself.pick().status = 1",
        "HERE(self.room)\nrow = self.pick()\nrow.status = 1",
        "row = self.pick()\nHERE(row)\nself.room.status = 1",
        "HERE(room)\nself.keep(room)\nself.last.status = 1",
        "self.keep(room)\nHERE(room)\nself.last.status = 1",
        "self.keep(room)\nHERE(self.last)\nroom.status = 1",
        "HERE(self.room)\nself.keep_room()\nself.last.status = 1",
        "self.keep_room()\nHERE(self.last)\nself.room.status = 1",
        "HERE(self.room)\nself.swap()\nself.last.status = 1",
        "self.swap()\nHERE(self.room)\nself.room.status = 1",
    ],
)
def test_calls_and_properties_may_give_it_another_name(body: str) -> None:
    touches, unsaved = in_method(body)
    assert [touch.kind.value for touch in touches] == ["changed"]
    assert unsaved


@pytest.mark.parametrize(
    "body",
    [
        "HERE(self.last)\nself.renew()\nself.last.status = 1",
        "HERE(self.room)\nself.swap()\nself.room.status = 1",
        "HERE(self.room)\nself.keep_room()\nself.renew()\nself.last.status = 1",
        "HERE(room)\nself.keep(room)\nself.room.status = 1",
    ],
)
def test_a_name_that_a_call_takes_away_is_that_of_another_object(body: str) -> None:
    touches, _ = in_method(body)
    assert not touches


def test_what_another_object_saves_is_not_saved() -> None:
    _, unsaved = in_method("HERE(self.last)\nself.last.status = 1\nself.renew()\nself.last.save()")
    assert unsaved
    _, unsaved = in_method("HERE(room)\nself.keep(room)\nself.last.status = 1\nroom.save()")
    assert not unsaved


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        ("pass", "room", "(room or other).status = 1"),
        ("pass", "room", "(other if flag else room).status = 1"),
        ("pass", "room", "getattr(room, 'hotel').name = 1"),
        ("setattr(room, 'twin', other)", "room.twin", "other.status = 1"),
        ("pass", "other", "setattr(room, 'twin', other)\nroom.twin.status = 1"),
        ("pass", "rooms[0]", "sorted(rooms, key=len)[0].status = 1"),
        ("pass", "rooms[0]", "for row in filter(None, rooms):\n    row.status = 1"),
        ("rows = {1: room}", "room", "rows.get(1).status = 1"),
        ("rows = {}\nrows.update(a=room)", "room", "rows['a'].status = 1"),
        ("rows = [room] + rooms", "room", "rows[0].status = 1"),
        ("get = lambda: room", "room", "get().status = 1"),
        ("get = partial(look, room)", "room", "get().status = 1"),
        ("pass", "room", "with opened(room) as row:\n    row.status = 1"),
        ("with opened(room) as row:\n    pass", "row", "room.status = 1"),
        ("row = any_of(room=room)", "row", "room.status = 1"),
        ("row = any_of(room)", "room", "row.status = 1"),
        ("pair = RoomEditor(room)", "pair.instance", "room.status = 1"),
        ("rooms.append(room)", "rooms", "room.status = 1"),
        ("pass", "room", "Marking(room)"),
        ("pass", "room", "Marker()(room)"),
        ("pass", "room", "with Closing(room):\n    pass"),
        ("closing = Closing(room)", "room", "with closing:\n    pass"),
        ("pass", "rooms[0]", "list(map(mark, rooms))"),
        ("pass", "room", "vars(room)['status'] = 1"),
        ("pass", "rooms[0]", "[(last := row) for row in rooms]\nlast.status = 1"),
        ("rows = {1: row for row in [room, other]}", "other", "rows[1].status = 1"),
        ("found = iter(rooms)\nrow = next(found)", "row", "rooms[0].status = 1"),
        ("for row in [room, other]:\n    pass", "row", "room.status = 1"),
        ("for key, row in {'a': room}.items():\n    pass", "row", "room.status = 1"),
        ("*rows, last = [room, other]", "room", "rows[0].status = 1"),
        ("rows = sum([[room], [other]], [])", "room", "rows[0].status = 1"),
        (
            "by_key = {}\nby_key.setdefault('a', []).append(room)",
            "room",
            "for rows in by_key.values():\n    for row in rows:\n        row.status = 1",
        ),
        (
            "for row in rooms:\n    by_key[row.status].append(row)",
            "rooms[0]",
            "for rows in by_key.values():\n    rows[0].status = 1",
        ),
    ],
)
def test_what_code_that_is_known_gives_back(before: str, sent: str, after: str) -> None:
    touches, unsaved = followed(f"{before}\nHERE({sent})\n{after}")
    assert "changed" in [touch.kind.value for touch in touches]
    assert unsaved


def test_what_a_serializer_makes_of_it_is_made_anew() -> None:
    assert "changed" not in kinds("HERE(room)\ndata = RoomSerializer(room).data\ndata['x'] = 1")
    assert "changed" not in kinds("HERE(room)\nform = RoomForm(room)\nform.cleaned_data['x'].y = 1")
    assert "changed" in kinds("HERE(room)\nform = RoomForm(room)\nform.instance.y = 1")


def test_what_is_called_may_be_a_method_of_it() -> None:
    assert kinds("act = room.clean_up\nHERE(room)\nact()") == ["unclear"]
