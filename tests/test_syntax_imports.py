"""Imports found, added and removed."""

# The texts are easier to compare whole.
# ruff: noqa: E501

from __future__ import annotations

import ast

import black
import pytest

from pusher_migrate.edits import apply_edits, verify_untouched
from pusher_migrate.model import Edit
from pusher_migrate.source import SourceFile, decode, parse
from pusher_migrate.syntax.formatting import BlackSettings
from pusher_migrate.syntax.imports import (
    ImportResult,
    ImportStyle,
    add_import,
    add_local_import,
    remove_import,
    visible_import,
)
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import path_to

USE = "\n\ndef f():\n    HERE\n"


def here(source: SourceFile, tree: ast.Module) -> ast.AST:
    """The statement ``HERE``."""
    return next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and source.segment(node) == "HERE"
    )


def changed(source: SourceFile, edit: Edit | None) -> str:
    assert edit is not None
    text = apply_edits(source, [edit])
    verify_untouched(source, text, [edit])
    compile(text, "changed", "exec")
    return text


def added(
    text: str,
    module: str = "django.db",
    name: str = "transaction",
    style: ImportStyle | None = None,
    taken: tuple[str, ...] = (),
    leaving: tuple[str, ...] = (),
) -> tuple[str, str]:
    """The text with the import, and how the object is named."""
    source = decode("a.py", text.encode())
    tree = parse(source)
    result = add_import(
        source,
        tree,
        module,
        name,
        at=here(source, tree),
        style=style,
        taken_names=taken,
        leaving=leaving,
    )
    after = text if result.edit is None else changed(source, result.edit)
    # The name is visible now: a second run finds it and changes nothing.
    again = decode("a.py", after.encode())
    tree = parse(again)
    second = add_import(
        again, tree, module, name, at=here(again, tree), style=style, taken_names=taken
    )
    assert second == ImportResult(None, result.local_name)
    return after, result.local_name


def found(
    text: str, module: str = "django.db", name: str = "transaction", **style: str
) -> str | None:
    source = decode("a.py", text.encode())
    tree = parse(source)
    return visible_import(tree, module, name, at=here(source, tree), style=ImportStyle(**style))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "expression"),
    [
        ("from django.db import transaction", "transaction"),
        ("from django.db import transaction as tx", "tx"),
        ("from django.db import models, transaction as tx, connection", "tx"),
        ("from django import db", "db.transaction"),
        ("from django import db as database", "database.transaction"),
        ("import django.db", "django.db.transaction"),
        ("import django.db.transaction", "django.db.transaction"),
        ("import django.db.transaction as tx", "tx"),
        ("import django.db as database", "database.transaction"),
        ("import django.db\nimport django.urls", "django.db.transaction"),
        ("import os; from django.db import transaction", "transaction"),
        (
            "try:\n    from django.db import transaction\nexcept ImportError:\n    raise",
            "transaction",
        ),
        # Not the same, or not certain.
        ("import django", None),
        ("import django.urls", None),
        ("from django.db import models", None),
        ("from django.db import *", None),
        ("from other.db import transaction", None),
        ("from .db import transaction", None),
        ("if TYPE_CHECKING:\n    from django.db import transaction", None),
        ("try:\n    from django.db import transaction\nexcept ImportError:\n    pass", None),
        ("from django.db import transaction\ntransaction = wrap(transaction)", None),
        ("from django.db import transaction\ndel transaction", None),
        ("from django.db import transaction\nfrom other import transaction", None),
        ("from django.db import transaction\nfor transaction in x: pass", None),
        ("from django.db import transaction\ndef transaction(): pass", None),
        (
            "from django.db import transaction\ndef g():\n    global transaction\n    transaction = 1",
            None,
        ),
        ("def g():\n    from django.db import transaction", None),
        ("class A:\n    from django.db import transaction", None),
        # A second import of the same changes nothing.
        (
            "from django.db import transaction\nif TYPE_CHECKING:\n    from django.db import transaction",
            "transaction",
        ),
    ],
)
def test_visible_at_the_top_level(statement: str, expression: str | None) -> None:
    assert found(statement + USE) == expression


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        ("def f():\n    from django.db import transaction\n    HERE", "transaction"),
        ("def f():\n    from django.db import transaction\n    if x:\n        HERE", "transaction"),
        ("def f():\n    from django.db import transaction as t\n    def g():\n        HERE", "t"),
        ("def f():\n    try:\n        from django.db import transaction\n        HERE\n    finally: pass",
         "transaction"),
        ("class A:\n    from django.db import transaction\n    HERE", "transaction"),
        # Later, elsewhere, on one path only, shadowed.
        ("def f():\n    HERE\n    from django.db import transaction", None),
        ("def f():\n    if x:\n        from django.db import transaction\n    HERE", None),
        ("def f():\n    try:\n        from django.db import transaction\n    except E:\n        HERE", None),
        ("def g():\n    from django.db import transaction\ndef f():\n    HERE", None),
        ("def f():\n    def g():\n        from django.db import transaction\n    HERE", None),
        ("class A:\n    from django.db import transaction\n    def f(self):\n        HERE", None),
        ("from django.db import transaction\ndef f(transaction):\n    HERE", None),
        ("from django.db import transaction\ndef f():\n    HERE\n    transaction = 1", None),
        ("from django.db import transaction\ndef f():\n    HERE\n    [transaction := 1 for _ in x]", None),
        ("from django.db import transaction\ndef f(transaction):\n    def g():\n        HERE", None),
        ("from django.db import transaction\nclass A:\n    transaction = 1\n    HERE", None),
        ("HERE\nfrom django.db import transaction", None),
        # Not shadowed where it matters.
        ("from django.db import transaction\nclass A:\n    transaction = 1\n    def f(self):\n        HERE",
         "transaction"),
        ("from django.db import transaction\ndef f():\n    HERE\n    [0 for transaction in x]",
         "transaction"),
        ("from django.db import transaction\ndef f():\n    HERE\n    def g(transaction): pass",
         "transaction"),
        ("from django.db import transaction\ndef f():\n    global transaction\n    HERE", None),
        ("def f():\n    HERE\nfrom django.db import transaction", "transaction"),
        ("from django.db import transaction\nHERE", "transaction"),
    ],
)  # fmt: skip
def test_visible_at_the_place(body: str, expression: str | None) -> None:
    assert found(body + "\n") == expression


@pytest.mark.parametrize(
    ("statement", "package", "visible"),
    [
        ("from .db import transaction", "django", True),
        ("from . import db", "django", True),
        ("from ..db import transaction", "django.contrib", True),
        ("from ...db import transaction", "django.contrib", False),
        ("from .db import transaction", "", False),
        ("from .db import transaction", "other", False),
    ],
)
def test_relative_imports(statement: str, package: str, visible: bool) -> None:
    assert (found(statement + USE, package=package) is not None) is visible


def test_re_exports() -> None:
    text = "from pkg import thing" + USE
    source = decode("a.py", text.encode())
    tree = parse(source)
    at = here(source, tree)
    # `pkg.thing` may be the module or, re-exported, the object: that is for the index to say.
    assert visible_import(tree, "pkg.thing", "thing", at=at) is None
    assert visible_import(tree, "pkg.thing", "thing", at=at, same_as=["pkg.thing"]) == "thing"


FIRST = frozenset({"app", "zoo"})
LONG_NAMES = "aaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbb"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Merged, in order where there is one.
        ("from django.db import models\n", "from django.db import models, transaction\n"),
        ("from django.db import a, z  # c\n", "from django.db import a, transaction, z  # c\n"),
        ("from django.db import z, a\n", "from django.db import z, a, transaction\n"),
        ("from django.db import IntegrityError\n", "from django.db import IntegrityError, transaction\n"),
        ("from django.db import (models)\n", "from django.db import (models, transaction)\n"),
        ("from django.db import (models,)\n", "from django.db import (models, transaction,)\n"),
        (
            "from django.db import (\n    models,  # m\n    z,  # z\n)\n",
            "from django.db import (\n    models,  # m\n    transaction,\n    z,  # z\n)\n",
        ),
        (
            "from django.db import (\n    # z\n    z,\n)\n",
            "from django.db import (\n    transaction,\n    # z\n    z,\n)\n",
        ),
        (
            "from django.db import (\n\tmodels  # m\n)  # end\n",
            "from django.db import (\n\tmodels,  # m\n\ttransaction\n)  # end\n",
        ),
        (
            "from django.db import (\r\n    a,\r\n    b,  # b\r\n)\r\n",
            "from django.db import (\r\n    a,\r\n    b,  # b\r\n    transaction,\r\n)\r\n",
        ),
        (
            "from django.db import (\n    a,\n    b)\n",
            "from django.db import (\n    a,\n    b,\n    transaction)\n",
        ),
        (
            "from django.db import (\n    a, b,  # c\n    d)\n",
            "from django.db import (\n    a, b,  # c\n    d, transaction)\n",
        ),
        (
            "from django.db import a, \\\n    z\n",
            "from django.db import a, \\\n    transaction, z\n",
        ),
        # Too long.
        (
            f"from django.db import {LONG_NAMES}\n",
            "from django.db import (\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
            "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n    transaction,\n)\n",
        ),
        (
            f"from django.db import {LONG_NAMES}  # noqa\n",
            "from django.db import (  # noqa\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
            "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n    transaction,\n)\n",
        ),
        (
            f"from django.db import a, \\\n    {LONG_NAMES}, ccccccccccccccc\n",
            "from django.db import (\n    a,\n    aaaaaaaaaaaaaaaaaaaaaaaaaaaa,\n"
            "    bbbbbbbbbbbbbbbbbbbbbbbbbbbbb,\n    ccccccccccccccc,\n    transaction,\n)\n",
        ),
        # Lines of their own, in isort's sections.
        ("import os\n", "import os\n\nfrom django.db import transaction\n"),
        (
            "import os\n\nimport django\nfrom celery import x\n\nfrom app.models import X\n",
            "import os\n\nimport django\nfrom celery import x\nfrom django.db import transaction\n\n"
            "from app.models import X\n",
        ),
        (
            "from django.conf import settings\nfrom django.urls import path\n",
            "from django.conf import settings\nfrom django.db import transaction\n"
            "from django.urls import path\n",
        ),
        ("import django\nfrom pusher import P\n",
         "import django\nfrom django.db import transaction\nfrom pusher import P\n"),
        ("from .models import X\n", "from django.db import transaction\n\nfrom .models import X\n"),
        (
            "import os\nfrom .models import X\n",
            "import os\n\nfrom django.db import transaction\n\nfrom .models import X\n",
        ),
        ("import os\nx = 1\n", "import os\n\nfrom django.db import transaction\n\nx = 1\n"),
        ("import os; x = 1\n", "import os; x = 1\n\nfrom django.db import transaction\n"),
        # Below what comes first.
        ("", "from django.db import transaction\n"),
        ("'''doc'''\n", "'''doc'''\n\nfrom django.db import transaction\n"),
        (
            "'''doc'''\nfrom __future__ import annotations\n",
            "'''doc'''\nfrom __future__ import annotations\n\nfrom django.db import transaction\n",
        ),
        (
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\nfrom django.db import transaction\n",
        ),
        (
            "#!/usr/bin/env python\nimport os\n",
            "#!/usr/bin/env python\nimport os\n\nfrom django.db import transaction\n",
        ),
        (
            "# licence\n\nfrom .models import X\n",
            "# licence\n\nfrom django.db import transaction\n\nfrom .models import X\n",
        ),
        # Never inside a conditional import.
        (
            "try:\n    import json\nexcept ImportError:\n    json = None\n",
            "from django.db import transaction\n\ntry:\n    import json\nexcept ImportError:\n"
            "    json = None\n",
        ),
        (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from django.db import transaction\n",
            "from typing import TYPE_CHECKING\n\nfrom django.db import transaction\n\n"
            "if TYPE_CHECKING:\n    from django.db import transaction\n",
        ),
        # Behind a star, which could bind the name again, and behind a set-up.
        ("from app import *\n", "from app import *\n\nfrom django.db import transaction\n"),
        (
            "from django.db import models\nfrom zoo import *\n",
            "from django.db import models\nfrom zoo import *\nfrom django.db import transaction\n",
        ),
        (
            "import os\nimport django\n\ndjango.setup()\n\nfrom django.conf import settings\n",
            "import os\nimport django\n\ndjango.setup()\n\nfrom django.conf import settings\n"
            "from django.db import transaction\n",
        ),
        ("import os\r\n", "import os\r\n\r\nfrom django.db import transaction\r\n"),
    ],
)  # fmt: skip
def test_added(before: str, after: str) -> None:
    newline = "\r\n" if "\r\n" in before else "\n"
    use = USE.replace("\n", newline)
    text, name = added(before + use, style=ImportStyle(first_party=FIRST))
    assert name == "transaction"
    assert text.removesuffix(use).rstrip() == after.rstrip()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("transaction = 1" + USE, "db_transaction"),
        ("def f(transaction):\n    HERE\n", "db_transaction"),
        ("def f():\n    HERE\n    transaction = 1\n", "db_transaction"),
        ("def f(transaction):\n    def g():\n        HERE\n", "db_transaction"),
        ("class transaction: pass\n" + USE, "db_transaction"),
        ("from other import transaction\n" + USE, "db_transaction"),
        ("from django.db import transaction\ndef f(transaction):\n    HERE\n", "db_transaction"),
        ("try:\n    from django.db import transaction\nexcept E:\n    transaction = None" + USE,
         "db_transaction"),
        # A star import may give it.
        ("from app import *\ndef g():\n    return transaction\n" + USE, "db_transaction"),
        ("from app import *\ndef g():\n    return [transaction for x in y]\n" + USE, "db_transaction"),
        ("def f(transaction, db_transaction):\n    HERE\n", "django_transaction"),
        ("transaction = db_transaction = django_transaction = 1" + USE, "imported_transaction"),
        ("def g():\n    global transaction\n    transaction = 1" + USE, "db_transaction"),
        # Names of other scopes are no obstacle.
        ("def g(transaction):\n    return transaction" + USE, "transaction"),
        ("class A:\n    transaction = 1\n    def f(self):\n        HERE\n", "transaction"),
        ("def g():\n    return [x for transaction in y if transaction]" + USE, "transaction"),
    ],
)  # fmt: skip
def test_free_name(text: str, name: str) -> None:
    after, found_name = added(text)
    assert found_name == name
    if name != "transaction":
        assert f"transaction as {name}" in after


def test_taken_names_and_builtins() -> None:
    assert added("x = 1" + USE, taken=("transaction",))[1] == "db_transaction"
    assert added("x = 1" + USE, "app.tools", "print")[1] == "tools_print"


def test_import_for_the_top_level_comes_before_its_use() -> None:
    after, _ = added("import os\n\nHERE\n\nimport django\n")
    assert after == "import os\n\nfrom django.db import transaction\n\nHERE\n\nimport django\n"
    after, _ = added("HERE\nfrom django.db import models\n")
    assert after.startswith("from django.db import transaction\n\nHERE\n")


@pytest.mark.parametrize(
    ("before", "relative", "written"),
    [
        ("from .models import X", None, "from .manager import notify"),
        ("from ..other import X", None, "from .manager import notify"),
        ("from .models import X\nfrom pkg.app.views import Y", None, "from pkg.app.manager import"),
        ("import os", None, "from pkg.app.manager import notify"),
        ("import os", True, "from .manager import notify"),
        ("from .models import X", False, "from pkg.app.manager import notify"),
    ],
)
def test_style_of_the_file(before: str, relative: bool | None, written: str) -> None:
    style = ImportStyle(package="pkg.app", relative=relative)
    assert written in added(before + USE, "pkg.app.manager", "notify", style)[0]


def test_parent_packages() -> None:
    style = ImportStyle(package="pkg.app.sub", relative=True)
    assert "from ...other import notify" in added(USE, "pkg.other", "notify", style)[0]
    assert "from . import notify" in added(USE, "pkg.app.sub", "notify", style)[0]
    assert "from other import notify" in added(USE, "other", "notify", style)[0]


def test_two_imports_at_one_place_do_not_conflict() -> None:
    text = "import os" + USE
    source = decode("a.py", text.encode())
    tree = parse(source)
    at = here(source, tree)
    style = ImportStyle(first_party=FIRST)
    edits = [
        add_import(source, tree, module, name, at=at, style=style).edit
        for module, name in (("django.db", "transaction"), ("app.m", "manager"))
    ]
    after = apply_edits(source, [edit for edit in edits if edit])
    compile(after, "after", "exec")
    assert "import transaction\n" in after and "import manager\n" in after


def test_black_leaves_the_result_alone() -> None:
    mode = black.Mode()
    for head in (
        "import os\n",
        '"""doc"""\n',
        "import os\n\nfrom .m import x\n",
        "import os\n\nx = 1\n",
    ):
        text = black.format_str(head + USE, mode=mode)
        after, _ = added(text)
        assert black.format_str(after, mode=mode) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    a()\n", "def f():\n    from m import n\n\n    a()\n"),
        ("def f():\n    '''d'''\n    a()\n", "def f():\n    '''d'''\n    from m import n\n\n    a()\n"),
        ("def f():\n    '''d'''\n", "def f():\n    '''d'''\n    from m import n\n"),
        ("def f():\n    '''d'''\n\n    # c\n    a()\n",
         "def f():\n    '''d'''\n    from m import n\n\n    # c\n    a()\n"),
        ("def f():\r\n\t# c\r\n\ta()\r\n", "def f():\r\n\tfrom m import n\r\n\r\n\t# c\r\n\ta()\r\n"),
        ("def f(\n    a,\n):  # c\n    import x\n    a()\n",
         "def f(\n    a,\n):  # c\n    import x\n    from m import n\n    a()\n"),
        ("@dec\nasync def f():\n\n    a()\n", "@dec\nasync def f():\n    from m import n\n\n    a()\n"),
        ("def f(n):\n    a()\n", "def f(n):\n    from m import n as m_n\n\n    a()\n"),
        ("def f():\n    return n\n", "def f():\n    from m import n as m_n\n\n    return n\n"),
        ("def f():\n    '''d'''; a()\n", "def f():\n    '''d'''\n    from m import n\n    a()\n"),
    ],
)  # fmt: skip
def test_added_locally(before: str, after: str) -> None:
    source = decode("a.py", before.encode())
    tree = parse(source)
    function = tree.body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    result = add_local_import(source, tree, function, "m", "n")
    assert isinstance(result, ImportResult)
    assert changed(source, result.edit) == after
    again = decode("a.py", after.encode())
    tree = parse(again)
    function = tree.body[0]
    assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
    assert add_local_import(again, tree, function, "m", "n") == ImportResult(
        None, result.local_name
    )


def test_local_import_refuses_a_body_on_the_header_line() -> None:
    source = decode("a.py", b"def f(): a()\n")
    tree = parse(source)
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    outcome = add_local_import(source, tree, function, "m", "n")
    assert isinstance(outcome, Refusal) and "header" in outcome.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import x", ""),
        ("from a import x  # c\nb()\n", "b()\n"),
        ("from a import x, y\n", "from a import y\n"),
        ("from a import y, x\n", "from a import y\n"),
        ("from a import y, x as z, w  # c\n", "from a import y, w  # c\n"),
        ("from a import (y, x)\n", "from a import (y)\n"),
        ("from a import (\n    x,  # x\n    y,  # y\n)  # c\n", "from a import (\n    y,  # y\n)  # c\n"),
        ("from a import (\n    y,  # y\n    x  # x\n)\n", "from a import (\n    y,  # y\n)\n"),
        ("from a import (\n    y,  # y\n    x)\n", "from a import (\n    y,  # y\n    )\n"),
        ("from a import (\n    y,\n    x)\n", "from a import (\n    y)\n"),
        ("from a import (\n    # of y\n    y,\n    # of x\n    x,\n)\n",
         "from a import (\n    # of y\n    y,\n    # of x\n)\n"),
        ("from a import (x,  # c\n    y)\n", "from a import (  # c\n    y)\n"),
        ("from a import (\n    y, x,\n    z)\n", "from a import (\n    y,\n    z)\n"),
        ("from a import (\n    x, y,\n    z)\n", "from a import (\n    y,\n    z)\n"),
        ("from a import y, \\\n    x\n", "from a import y\n"),
        ("from a import x, \\\n    y\n", "from a import  \\\n    y\n"),
        ("import x, y; a()\n", "import y; a()\n"),
        ("import x; a()\n", "a()\n"),
        ("import x.b, y\n", "import y\n"),
        ("try:\n    import x\nexcept ImportError:\n    x = None\n",
         "try:\n    pass\nexcept ImportError:\n    x = None\n"),
        ("if TYPE_CHECKING:\n    from a import x  # c\n", "if TYPE_CHECKING:\n    pass  # c\n"),
        ("if TYPE_CHECKING: import x\n", "if TYPE_CHECKING: pass\n"),
        ("import os\n\nfrom a import x\n\nfrom b import c\n", "import os\n\nfrom b import c\n"),
        ("from a import x\r\nimport y\r\n", "import y\r\n"),
        ("from a import x\n\n\ndef f(): pass\n", "def f(): pass\n"),
    ],
)  # fmt: skip
def test_removed(before: str, after: str) -> None:
    source = decode("a.py", before.encode())
    tree = parse(source)
    alias = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.alias) and node.name.partition(".")[0] == "x"
    )
    edit = remove_import(source, tree, alias)
    assert isinstance(edit, Edit)
    assert changed(source, edit) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import x, b, z\n", "from a import b\n"),
        ("from a import b, x, z\n", "from a import b\n"),
        ("from a import x, z, b\n", "from a import b\n"),
        ("from a import x, z\n", ""),
        ("from a import (\n  x,\n  b,  # b\n  z,  # z\n)\n", "from a import (\n  b,  # b\n)\n"),
        ("from a import (\n  b,  # b\n  x, z)\n", "from a import (\n  b,  # b\n  )\n"),
        ("from a import (\n  x,\n  z,\n  b,\n  c)\n", "from a import (\n  b,\n  c)\n"),
    ],
)
def test_several_removed(before: str, after: str) -> None:
    source = decode("a.py", before.encode())
    tree = parse(source)
    aliases = [
        node for node in ast.walk(tree) if isinstance(node, ast.alias) and node.name in ("x", "z")
    ]
    edit = remove_import(source, tree, aliases)
    assert isinstance(edit, Edit)
    assert changed(source, edit) == after


def test_names_of_no_statement_are_an_error() -> None:
    source = decode("a.py", b"from a import x\nfrom b import y\n")
    tree = parse(source)
    aliases = [node for node in ast.walk(tree) if isinstance(node, ast.alias)]
    with pytest.raises(ValueError, match="no import statement"):
        remove_import(source, tree, aliases)
    with pytest.raises(ValueError, match="no such"):
        path_to(tree, ast.parse("pass").body[0])


def test_line_length_is_the_targets() -> None:
    text = f"from django.db import {LONG_NAMES}" + USE
    after, _ = added(text, style=ImportStyle(settings=BlackSettings(line_length=120)))
    assert after.startswith(f"from django.db import {LONG_NAMES}, transaction\n")


# --- Comments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("from hub import get_pusher  # noqa: E402\n", "from hub import hub  # noqa: E402"),
        (
            "from hub import (  # realtime\n    get_pusher,  # client\n)\n",
            "from hub import hub  # realtime  # client",
        ),
        ("from hub import get_pusher\n", "from hub import hub"),
        ("from hub import get_pusher, other  # x\n", "from hub import hub"),
        ("from gub import other  # noqa: E402\n", "from hub import hub  # noqa: E402"),
        ("from gub import other  # noqa: F401\n", "from hub import hub"),
        ("from iub import other  # noqa: E402, F401\n", "from hub import hub  # noqa: E402"),
    ],
)
def test_comments_of_the_import_that_goes(before: str, line: str) -> None:
    text, _ = added(before + USE, "hub", "hub", leaving=("get_pusher",))
    assert line in text.splitlines()
    assert before in text


def test_the_new_import_stands_where_the_one_that_goes_does() -> None:
    before = "import sys\n\nsys.path.insert(0, 'lib')\n\nfrom hub import get_pusher  # noqa: E402\n"
    text, _ = added(before + USE, "hub", "hub", leaving=("get_pusher",))
    assert text.startswith(before + "from hub import hub  # noqa: E402\n")
