"""Writes a Django project of about 120,000 lines and 700 files, the same for the same seed.

One set of core apps (clinics, rooms, patients, appointments, staff, and the notification manager)
stands in ``core/``; twenty feature apps of 34 files each are filled in from ``templates/``, whose
chunks are drawn at random. Exactly ``LEGACY_CALLS`` calls on the Pusher client are spread over
``LEGACY_FILES`` of their files; others send through the manager or write watched state.

``copies`` repeats the feature apps under other names (``billing_1``, ...) around the one core, as a
code base grows: with one manager and one ``Room``, not ten.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tree import vocabulary as words
from tree.headers import CORE, HEADERS, LEGACY_IMPORTS

HERE = Path(__file__).resolve().parent
SEED = 20240109
LEGACY_CALLS = 50
LEGACY_FILES = 25
# Chunks drawn for each model of an app; of a kind that is not named, all. The first seven services
# are called by views and tests, so they are always there.
DRAWN = {"services": 10, "selectors": 5, "reports": 2, "tasks": 2, "utils": 4}
ALWAYS = {"services": 7}
SEPARATOR = "#---\n"
VIEW = "@api_view"


@dataclass(frozen=True)
class Entity:
    """One model of a feature app and the words that its code is made of."""

    name: str
    values: dict[str, str]


@dataclass(frozen=True)
class Tree:
    """What was written: for the report, and to check the results against."""

    root: Path
    files: int
    lines: int
    legacy_calls: int
    clean_file: Path


def snake(name: str) -> str:
    """``lab_order`` for ``LabOrder``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def plural(name: str) -> str:
    """A plural as a programmer would type it."""
    if name.endswith("y") and name[-2] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def chunks(kind: str) -> list[Template]:
    """The chunks of a template file."""
    text = (HERE / "templates" / f"{kind}.tmpl").read_text(encoding="utf-8")
    return [Template(chunk.rstrip("\n")) for chunk in text.split(SEPARATOR)]


def make_entity(app: str, package: str, name: str, rng: random.Random) -> Entity:
    """Draw the fields, states and numbers of one model."""
    model = snake(name)
    parent, parent_class, parent_app = rng.choice(words.PARENTS)
    states = rng.choice(words.STATES)
    values = {
        "app": app,
        "package": package,
        "Model": name,
        "model": model,
        "models": plural(model),
        "model_lower": name.lower(),
        "model_kebab": model.replace("_", "-"),
        "title": model.replace("_", " "),
        "prefix": "".join(c for c in name if c.isupper()).ljust(2, "X") + name[-1].upper(),
        "parent": parent,
        "Parent": parent_class,
        "parent_app": parent_app,
        "parent_lower": parent_class.lower(),
        "text1": rng.choice(words.SHORT_TEXTS),
        "text2": rng.choice(words.LONG_TEXTS),
        "number1": rng.choice(words.AMOUNTS),
        "number2": rng.choice(words.COUNTS),
        "flag1": rng.choice(words.FLAGS),
        "when1": rng.choice(words.MOMENTS),
        "verb": rng.choice(words.VERBS),
        "amount": str(rng.choice((50, 75, 120, 250, 400, 999))),
        "rate": rng.choice(("0.85", "0.9", "1.19", "1.07", "0.75")),
        "days": str(rng.randint(3, 45)),
        "minutes": str(rng.choice((5, 10, 15, 20, 30, 45, 90))),
        "hour": str(rng.randint(2, 12)),
        "limit": str(rng.choice((20, 25, 50, 100, 200, 500))),
    }
    for number, state in enumerate(states, 1):
        values[f"S{number}"], values[f"s{number}"] = state, state.lower()
    return Entity(name, values)


def import_list(names: list[str]) -> str:
    """Names for ``from x import ...``, in brackets when there are several."""
    if len(names) == 1:
        return names[0]
    return "(\n" + "".join(f"    {name},\n" for name in sorted(names)) + ")"


def header(kind: str, package: str, app: str, entities: list[Entity], core: str = "") -> str:
    """The top of a file of this kind."""
    names = [entity.name for entity in entities]
    lists = {
        "names": names,
        "statuses": [f"{name}Status" for name in names],
        "querysets": [f"{name}QuerySet" for name in names],
        "errors": [f"{name}Error" for name in names],
        "filters": [f"{name}Filter" for name in names],
        "forms": [f"{name}Form" for name in names],
        "permissions": [f"CanEdit{name}" for name in names],
        "serializers": [f"{n}{end}" for n in names for end in ("Serializer", "ListSerializer")],
        "makers": [f"make_{snake(name)}" for name in names],
    }
    values = {
        **entities[0].values,
        "package": package,
        "app": app,
        "core": core,
        **{key: import_list(value) for key, value in lists.items()},
    }
    return Template(HEADERS[kind]).substitute(values)


def draw(kind: str, entity: Entity, rng: random.Random) -> list[str]:
    """Some chunks of this kind for one model, in the file's order."""
    found = chunks(kind)
    always = ALWAYS.get(kind, 0)
    wanted = DRAWN.get(kind, len(found)) - always
    picked = [*range(always), *sorted(rng.sample(range(always, len(found)), wanted))]
    return [found[number].substitute(entity.values) for number in picked]


def join(top: str, parts: list[str]) -> str:
    """A file from its top and its definitions."""
    return "\n\n\n".join([top.rstrip("\n"), *parts]) + "\n"


def legacy_plan(apps: int, rng: random.Random) -> dict[tuple[int, str], int]:
    """Which files hold legacy calls, and how many: (number of the app, kind of file) to count."""
    places = [(app, "staff_views") for app in range(apps)]
    places += [(app, "services") for app in rng.sample(range(apps), LEGACY_FILES - apps)]
    counts = dict.fromkeys(places, 1)
    for _ in range(LEGACY_CALLS - len(places)):
        counts[rng.choice([place for place in places if counts[place] < 4])] += 1
    return counts


def migration(package: str, number: int, entities: list[Entity]) -> str:
    """The numbered migration of an app."""
    operations = [chunks("migrations")[number - 1].substitute(e.values) for e in entities]
    before = f'("{package}", "{number - 1:04d}_step")' if number > 1 else '("clinics", "0001_step")'
    return (
        "import django.db.models.deletion\nfrom django.db import migrations, models\n\n\n"
        "class Migration(migrations.Migration):\n\n"
        f"    dependencies = [{before}]\n\n    operations = [\n"
        + "\n".join(operations)
        + "\n    ]\n"
    )


def app_files(
    app: str, package: str, number: int, legacy: dict[tuple[int, str], int], rng: random.Random
) -> dict[str, str]:
    """All files of one feature app: path below the project to text."""
    entities = [make_entity(app, package, name, rng) for name in words.APPS[app].split()]
    files = {f"{directory}__init__.py": "" for directory in ("", "migrations/", "tests/")}
    files["apps.py"] = (
        f'"""The {app} app."""\n\nfrom django.apps import AppConfig\n\n\n'
        f"class {app.title()}Config(AppConfig):\n"
        f'    default_auto_field = "django.db.models.BigAutoField"\n    name = "{package}"\n\n'
        f"    def ready(self):\n        from {package} import signals  # noqa: F401\n"
    )

    def send(kind: str, entity: Entity) -> tuple[str, list[str]]:
        """Imports and functions for the legacy calls that this file is to hold."""
        count = legacy.get((number, kind), 0)
        if not count:
            return "", []
        fitting = [c for c in chunks("legacy") if kind != "services" or VIEW not in c.template]
        picked = rng.sample(fitting, count)
        return rng.choice(LEGACY_IMPORTS), [chunk.substitute(entity.values) for chunk in picked]

    for kind in (
        *("constants", "exceptions", "managers", "models", "serializers", "filters"),
        *("permissions", "forms", "views", "selectors", "reports", "tasks", "utils"),
        *("signals", "admin"),
    ):
        parts = [part for entity in entities for part in draw(kind, entity, rng)]
        files[f"{kind}.py"] = join(header(kind, package, app, entities), parts)

    imports, calls = send("staff_views", entities[0])
    parts = [part for entity in entities for part in draw("staff_views", entity, rng)]
    top = header("staff_views", package, app, entities, CORE + imports)
    files["staff_views.py"] = join(top, parts + calls)

    exports = []
    for index, entity in enumerate(entities):
        imports, calls = send("services", entity) if index == 1 else ("", [])
        parts = draw("services", entity, rng) + calls
        core = imports
        if index in (0, 3):
            core = CORE + imports
            parts += [c.substitute(entity.values) for c in rng.sample(chunks("writes"), 2)]
        elif calls:
            core = CORE + imports
        if rng.random() < 0.06:
            parts.append(rng.choice(chunks("lookalikes")).substitute(entity.values))
        module = entity.values["model"]
        files[f"services/{module}.py"] = join(
            header("services", package, app, [entity], core), parts
        )
        exports.append(f"from {package}.services.{module} import *  # noqa: F403\n")
    files["services/__init__.py"] = f'"""What is done in {app}."""\n\n' + "".join(exports)

    routes = [chunks("urls")[0].substitute(entity.values) for entity in entities]
    files["urls.py"] = (
        f'"""Addresses of {app}."""\n\nfrom django.urls import path\n\n'
        f'from {package} import staff_views\n\napp_name = "{app}"\n\nurlpatterns = [\n'
        + "\n".join(routes)
        + "\n]\n"
    )
    for step in (1, 2, 3):
        files[f"migrations/{step:04d}_step.py"] = migration(package, step, entities)
    makers = [chunks("factories")[0].substitute(entity.values) for entity in entities]
    files["tests/factories.py"] = join(header("factories", package, app, entities), makers)
    for kind in ("models", "views", "services"):
        tests = [part for entity in entities for part in draw(f"tests_{kind}", entity, rng)]
        top = header(f"tests_{kind}", package, app, entities)
        files[f"tests/test_{kind}.py"] = join(top, tests)
    return {f"{package}/{name}": text for name, text in files.items()}


def core_files() -> dict[str, str]:
    """The hand-written part of the project, and the empty modules that make packages of it."""
    core = HERE / "core"
    files = {}
    for path in sorted(core.rglob("*")):
        if path.is_file():
            name = path.relative_to(core).as_posix()
            name = name.removesuffix(".txt") if name.endswith(".py.txt") else name
            files[name] = path.read_text(encoding="utf-8")
    for package in {name.split("/")[0] for name in files if "/" in name}:
        files[f"{package}/__init__.py"] = ""
    return files


def generate(root: Path, copies: int = 1) -> Tree:
    """Write the project to ``root``, which is emptied first.

    Raises:
        SyntaxError: A template makes something that is not Python.
        KeyError: A template uses a word that does not exist.
    """
    files = core_files()
    packages = []
    for copy in range(copies):
        rng = random.Random(SEED)  # the same apps in each copy
        legacy = legacy_plan(len(words.APPS), rng)
        for number, app in enumerate(words.APPS):
            package = app if copy == 0 else f"{app}_{copy}"
            packages.append(package)
            files.update(app_files(app, package, number, legacy, rng))
    files["config/urls.py"] = (
        '"""All addresses."""\n\nfrom django.urls import include, path\n\nurlpatterns = [\n'
        + "".join(f'    path("<slug:clinic_slug>/", include("{p}.urls")),\n' for p in packages)
        + "]\n"
    )
    files["config/installed.py"] = f"INSTALLED_APPS = {packages!r}\n"
    if root.exists():
        shutil.rmtree(root)
    for name, text in files.items():
        if name.endswith(".py"):
            compile(text, name, "exec")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    python = [text for name, text in files.items() if name.endswith(".py")]
    return Tree(
        root=root,
        files=len(python),
        lines=sum(text.count("\n") for text in python),
        legacy_calls=sum(
            text.count("pusher_client.trigger(")
            for name, text in files.items()
            if not name.startswith("notifications/")
        ),
        clean_file=root / "billing/services/refund.py",
    )
