"""What happens at the hotel of the sample project: a scene for every endpoint and its branches.

Imported in the process of the project. A scene brings the world into a state and returns the
request. Everything has the same ids in the same scene of every run, so that two runs can be
compared; what only a clock or chance decides is made alike by who compares.
"""

from . import bookings, people, rooms  # noqa: F401  (they register their scenes)
from .world import SCENES, World

__all__ = ["SCENES", "World"]
