"""What a shape is, and how it is written in the documentation."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent

CLIENT = "import pusher\n\npusher_client = pusher.Pusher(app_id='1', key='k', secret='s')\n"
IMPORT = "from realtime.client import pusher_client\n"
MODELS = """
from django.db import models


class Hotel(models.Model):
    slug = models.SlugField()


class Room(models.Model):
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE)
    number = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
"""


@dataclass(frozen=True)
class Shape:
    """One way to write a call.

    Attributes:
        name: Unique, for the test and the documentation.
        code: The file ``app.py``; the client is imported unless ``own`` says that the code does.
        sends: What is known: channel, event and keys of each event, one line each; keys that are
            not known are ``?``, a set of keys that may be larger ends in ``...``.
        own: Whether the code brings its own client.
        files: Further files.
        found_by: How the client was recognised.
        note: For the documentation.
    """

    name: str
    code: str
    sends: tuple[str, ...]
    own: bool = False
    files: dict[str, str] = field(default_factory=dict)
    found_by: str = "type"
    note: str = ""

    @property
    def tree(self) -> dict[str, str]:
        """All files."""
        code = dedent(self.code).strip("\n") + "\n"
        found = {"app.py": code if self.own else IMPORT + code}
        found["realtime/__init__.py"] = ""
        found["realtime/client.py"] = CLIENT
        found["models.py"] = MODELS
        found.update({path: dedent(text) for path, text in self.files.items()})
        return found


def shape(name: str, code: str, *sends: str, **options: object) -> Shape:
    """A shape, its code without the indentation that it has in a table."""
    return Shape(name, dedent(code).strip("\n"), sends, **options)  # type: ignore[arg-type]
