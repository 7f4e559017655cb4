"""The byte patterns find everything that the syntax tree has: what they miss is never looked at."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pusher_migrate.index.code.classes import Classes
from pusher_migrate.index.code.lexical import may_call, may_store, texts_given

OTHERS = st.sampled_from(
    ["y", "a.b", "a[0]", "a[i, j].c", "f(x)", "f(k=1).c", "a['=']", "a[1:2]", "f()()", "(a).b"]
)
OWNERS = st.one_of(OTHERS, st.sampled_from(["myself", "self.other", "x.self", "a[b.c]"]))
DOTS = st.sampled_from([".", " . ", ".\\\n ", " ."])
TARGET = st.builds(lambda owner, dot: f"{owner}{dot}name", OWNERS, DOTS)
PLACE = OTHERS.filter(lambda text: not text.endswith(")"))


@st.composite
def lists(draw: st.DrawFn) -> str:
    """Targets with ours among them, in one of the forms that they can have."""
    before = draw(st.lists(PLACE, max_size=2))
    after = draw(st.lists(PLACE, max_size=2))
    items = [*before, draw(TARGET), *after]
    if draw(st.booleans()):
        items[0] = f"*{items[0]}" if len(items) > 1 else items[0]
    comma = draw(st.sampled_from([",", ", ", " ,", ",  "]))
    opening, closing = draw(st.sampled_from([("", ""), ("(", ")"), ("[", "]"), ("((", "))")]))
    if opening and draw(st.booleans()):
        comma = draw(st.sampled_from([",\n    ", ", # remark\n", ",\n"]))
        opening += draw(st.sampled_from(["", "\n    "]))
        closing = draw(st.sampled_from(["", "\n"])) + closing
    text = comma.join(items)
    if len(items) == 1 and not opening:
        text += draw(st.sampled_from(["", ","]))
    return f"{opening}{text}{closing}"


FORMS = [
    "{target} = v",
    "{target}=v",
    "{target} \\\n = v",
    "z = {target} = v",
    "z, q = {target} = v",
    "for {target} in v: pass",
    "for z, {target} in v: pass",
    "[z for {target} in v]",
    "with v as {target}: pass",
    "with v as z, w() as {target}: pass",
    "with (v as {target}, w): pass",
    "async def f():\n  async for {target} in v: pass",
    "del {target}",
    "if z:\n    {target} = v",
    "if z: {target} = v",
    "z = 1; {target} = v",
    "def f(a=1):\n\tfor {target} in v:\n\t\tpass",
]
SINGLE = [
    "{target} += v",
    "{target} //= v",
    "{target} **=v",
    "{target} >>= v",
    "{target}: int",
    "{target}: int = v",
    "({target}) = v",
    "({target}): int = v",
    "class A:\n    def f(self):\n        {target}: int = v",
    "if z: {target} -= v",
    "z = 1; {target}: int",
]


def stores(text: str) -> bool:
    """Whether a text assigns or deletes an attribute ``name``."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "name"
        and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(ast.parse(text))
    )


def check_store(text: str) -> None:
    try:
        there = stores(text)
    except SyntaxError:
        return
    if there:
        assert may_store(text.encode(), "name"), text


@settings(max_examples=1000)
@given(st.sampled_from(FORMS), lists())
def test_every_store_in_a_list_of_targets_is_found(form: str, target: str) -> None:
    check_store(form.format(target=target))


@given(st.sampled_from([*FORMS, *SINGLE]), TARGET)
def test_every_store_is_found(form: str, target: str) -> None:
    check_store(form.format(target=target))


@pytest.mark.parametrize("form", [*FORMS, *SINGLE])
def test_the_forms_store(form: str) -> None:
    assert stores(form.format(target="x.name"))


@pytest.mark.parametrize(
    "text",
    [
        "f(x.name)",
        "f(x.name, y)",
        "f(key=x.name)",
        "f(\n    x.name,\n    y,\n)\n",
        "f(\n    key=x.name,\n    other=y,\n)\n",
        "if x.name:\n    pass\n",
        "y = x.name\n",
        "y = x.name, z\n",
        "return x.name, y\n",
        "x.name == y",
        "{x.name: 1}",
        "x.names = 1",
        "x.rename = 1",
        "y = [z for z in x.name if z]\n",
        "while a and x.name:\n    pass\n",
        "print(x.name, y)\nz = 1\n",
        # An object's own attribute is a matter of its class.
        "self.name = 1",
        "class A:\n    def f(self):\n        self.name += 1\n",
    ],
)
def test_reading_is_not_storing(text: str) -> None:
    assert not may_store(text.encode(), "name")


CALLS = ["name(1)", "x.name(1)", "x . name (1)", "(name)(1)", "(x.name)\\\n(1)", "(name # c\n)(1)"]
ALIASES = ["from a import name as b", "from a import (\n    name as b,\n)", "import name as x"]
OTHER_USES = ["name", "rename()", "names()", "f(name)", "name = 1", "x.name.y()"]


@pytest.mark.parametrize("text", [*CALLS, *ALIASES, "@name()\ndef f(): pass", "await name()"])
def test_calls_are_found(text: str) -> None:
    assert may_call(text.encode(), "name")


@pytest.mark.parametrize("text", OTHER_USES)
def test_other_uses_are_no_calls(text: str) -> None:
    assert not may_call(text.encode(), "name")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("class B(A): pass", True),
        ("class B(pkg.A):\n    x = 1\n", True),
        ("class B(X, Generic[A]): pass", True),
        ("class B(\n    X,  # a remark: with a colon\n    A,\n):\n    pass\n", True),
        ("class B[T: int](A): pass", True),
        ("class B[T: (int, list[str])](A): pass", True),
        ("if x:\n    class B(A):\n        pass\n", True),
        ("from a import A as C\nclass B(C): pass", True),
        ("class C(A): pass\nclass B(C): pass", True),
        ("class B(make(A)): pass", True),
        ("class B(X):\n    pass\nA()\n", False),
        ("class B: pass\n", False),
        ("x = A\n", False),
        # Who derives from a variable may derive from anything.
        ("C = A\nclass B(C): pass", None),
        ("C, D = A, X\nclass B(C): pass", None),
        ("C: type[A] = A\nclass B(C): pass", None),
        ("class B(base()): pass\nA\n", None),
    ],
)
def test_heirs(text: str, found: bool | None) -> None:
    classes = classes_of({"a.py": text})
    if found is None:
        assert classes.is_unclear("a.py")
    else:
        assert classes.heirs("A") == ({"a.py"} if found else set())


def classes_of(contents: dict[str, str]) -> Classes:
    return Classes(contents, lambda path: contents[path].encode())


def test_heirs_of_heirs_are_found_in_other_files() -> None:
    classes = classes_of(
        {"b.py": "class B(A): pass", "c.py": "class C(B): pass", "d.py": "class D(X): pass"}
    )
    assert classes.heirs("A") == {"b.py", "c.py"}
    assert not any(map(classes.is_unclear, ("b.py", "c.py", "d.py", "none.py")))


def test_classes_are_found_by_name() -> None:
    text = "class A: pass\nif x:\n\tclass  B[T] (A): pass\n# class C\nsubclass D\n"
    text += "'''\nclass (\n'''\nclass E(A):\n    class F: pass\n"
    assert set(classes_of({"a.py": text}).paths) == {"A", "B", "E", "F"}


@pytest.mark.parametrize(
    ("text", "texts", "others"),
    [
        ("f(name='x')", {"x"}, False),
        ('f(1, name = r"x", y=2)', {"x"}, False),
        ("f(\n    name='x',  # a remark\n)", {"x"}, False),
        ("f(name='x' # a remark\n)", {"x"}, False),
        ("f(name='')", {""}, False),
        ("f(name='x'); g(name='y')", {"x", "y"}, False),
        ("f(name='x' 'y')", set(), True),
        ("f(name='x'\n  'y')", set(), True),
        ("f(name='''x''')", set(), True),
        ("f(name=('x'))", set(), True),
        ("f(name='%(class)s_x')", set(), True),
        ("f(name='\\x78')", set(), True),
        ("f(name=f'x')", set(), True),
        ("f(name=y)", set(), True),
        ("f(name='x' if y else 'z')", set(), True),
        ("f(name='x'.lower())", set(), True),
        ("f(name, my_name='x', **{'name': 'x'})", set(), False),
        ("name == 'x'", set(), False),
    ],
)
def test_texts_that_calls_give(text: str, texts: set[str], others: bool) -> None:
    assert texts_given(text.encode(), "name") == ({each.encode() for each in texts}, others)


@pytest.mark.parametrize("head", [b"(" * 3000, b"x.name, " * 3000, b"[a," * 2000, b"a.b" * 5000])
def test_no_text_takes_forever(head: bytes) -> None:
    # Not a matter of time but of ending: nested repetition would not come back from these.
    may_store(head + b"\n" + head, "name")
    may_call(head + b"\n" + head, "name")
    classes_of({"a.py": "class A(" + head.decode()})
