"""The text of imports: where a new line goes, and names added to or taken from a statement."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Collection, Sequence

from pusher_migrate.model import Edit
from pusher_migrate.syntax.import_style import ImportStyle
from pusher_migrate.syntax.layout import Layout, Refusal
from pusher_migrate.syntax.parts import Token
from pusher_migrate.syntax.rows import display_width
from pusher_migrate.syntax.statements import remove_statement, replace_statement

# pycodestyle's "module level import not at top of file".
_LATE = "  # noqa: E402"
_ALLOWS_LATE = re.compile(r"#\s*noqa:[^#]*\bE402\b", re.IGNORECASE)


def merge(
    layout: Layout, statement: ast.ImportFrom, name: str, asname: str | None, style: ImportStyle
) -> Edit | Refusal:
    """Add a name to a ``from`` import: in order where the names are in order, else last.

    The statement is formatted with black only where a line is, or gets, too long.

    Args:
        layout: The file.
        statement: A statement of the layout's tree.
        name: The name to import.
        asname: Its local name, None for the same.
        style: For the line length.
    """
    new = f"{name} as {asname}" if asname else name
    index = _position([alias.name for alias in statement.names], name)
    edit = _inserted(layout, statement, new, index)
    start, end = layout.source.span(statement)
    code = layout.text(start, edit.start) + edit.replacement + layout.text(edit.end, end)
    first, last = layout.row(start), layout.row(end)
    before = layout.text(layout.row_start(first), start)
    after = layout.text(end, layout.row_end(last))
    rows = (before + code + after).split("\n")
    if all(display_width(row) <= style.settings.line_length for row in rows):
        return edit
    if "\\\n" in code:
        # black leaves backslashes alone, and with them the line that is too long.
        names = [layout.text(*layout.source.span(alias)) for alias in statement.names]
        names.insert(index, new)
        head = layout.text(start, layout.source.span(statement.names[0])[0])
        head = " ".join(head.replace("\\\n", " ").split())
        code = f"{head} ({', '.join(names)})" if not head.endswith("(") else code
    return replace_statement(layout.source, statement, code, style.settings)


def new_line(layout: Layout, code: str, module: str, limit: int, style: ImportStyle) -> Edit:
    """Add an import at the top level as a line of its own, where isort would have it.

    Args:
        layout: The file.
        code: The statement.
        module: The module as the statement names it.
        limit: Number of the module's first statement that the import has to come before.
        style: For isort's sections.
    """
    body = layout.tree.body[:limit]
    region = _region(body)
    imports = [node for node in region if isinstance(node, (ast.Import, ast.ImportFrom))]
    imports = [node for node in imports if _written_module(node) != "__future__"]
    if not imports:
        return _first_import(layout, code, body)
    group = style.group(module)
    stars = [node for node in imports if _is_star(node)]
    same = [node for node in imports if style.group(_written_module(node)) == group]
    lower = [node for node in imports if style.group(_written_module(node)) < group]
    if same:
        anchor = _predecessor(same, module)
        if anchor is None and not stars:
            return _before(layout, same[0], code, "")
        return _after(layout, _later(anchor or same[0], stars), code, separate=False)
    if lower or stars:
        last = lower[-1] if lower else stars[-1]
        return _after(layout, _later(last, stars), code, separate=True)
    return _before(layout, imports[0], code, "\n")


def line_for(layout: Layout, leaving: ast.ImportFrom, code: str) -> Edit:
    """Add an import beside one that may go, with the comments of that one.

    What is said there (``# noqa: E402``) holds for the import that takes its place.

    Args:
        layout: The file.
        leaving: A statement of the top level of the layout's tree.
        code: The new statement.
    """
    line = layout.place(leaving).last_line
    end = layout.row_end(layout.row(line.end))
    comments = layout.comments(layout.source.span(leaving)[0], end)
    said = "".join(f"  {text}" for text in dict.fromkeys(token.text for token in comments))
    return _after(layout, leaving, code + said, separate=False)


def remove_names(
    layout: Layout, statement: ast.Import | ast.ImportFrom, gone: Collection[int]
) -> Edit | Refusal:
    """Take names out of an import; with the last one the statement goes, with its own comment.

    A name on a line of its own goes with its line, and the comment there. Other comments stay.

    Args:
        layout: The file.
        statement: A statement of the layout's tree.
        gone: Indices of the names.
    """
    source = layout.source
    names = statement.names
    if len(set(gone)) == len(names):
        return remove_statement(source, statement, keep_comments=False)
    start, end = source.span(statement)
    commas = [t for t in layout.significant(start, end) if t.text == "," and t.kind == tokenize.OP]
    cuts = [_cut(layout, statement, commas, index) for index in sorted(set(gone))]
    if max(set(gone)) + 1 == len(names) and cuts[-1][0] >= source.span(names[-1])[0]:
        # The last names go with the comma before them, unless a comment is in between.
        first = len(names)
        while first - 1 in gone:
            first -= 1
        tail = (source.span(names[first - 1])[1], source.span(names[-1])[1])
        if not layout.comments(*tail):
            cuts = [cut for cut in cuts if cut[1] <= source.span(names[first])[0]]
            cuts.append(tail)
    text, done = "", cuts[0][0]
    for low, high in cuts:
        text += layout.text(done, low) if low > done else ""
        done = max(done, high)
    return Edit(source.path, cuts[0][0], done, text)


def _cut(
    layout: Layout, statement: ast.Import | ast.ImportFrom, commas: Sequence[Token], index: int
) -> tuple[int, int]:
    """The span that goes with a name: its line if it has one, else up to the next name."""
    start, end = layout.source.span(statement.names[index])
    row = layout.row(start)
    low, high = layout.row_start(row), layout.row_end(row)
    around = list(layout.significant(low, start)) + [
        token for token in layout.significant(end, high) if token not in commas
    ]
    has_comma = index < len(commas) and commas[index].end <= high
    own_row = not around and layout.row(end) == row and _opening(layout, statement) is not None
    if own_row and (has_comma or index + 1 == len(statement.names)):
        return low, layout.row_start(row + 1)
    if index + 1 < len(statement.names):
        following = layout.source.span(statement.names[index + 1])[0]
        if layout.row(following) == layout.row(end):
            return start, following
        if index and layout.row(commas[index - 1].start) == row:
            start = commas[index - 1].end
        return start, commas[index].end
    return start, end


def _inserted(layout: Layout, statement: ast.ImportFrom, new: str, index: int) -> Edit:
    path = layout.source.path
    spans = [layout.source.span(alias) for alias in statement.names]
    end = layout.source.span(statement)[1]
    opening = _opening(layout, statement)
    rows = [layout.row(low) for low, _ in spans]
    if opening is None or len({layout.row(opening.start), *rows}) <= len(rows):
        if index < len(spans):
            at = spans[index][0]
            return Edit(path, at, at, f"{new}, ")
        return Edit(path, spans[-1][1], spans[-1][1], f", {new}")
    column = layout.text(layout.row_start(rows[0]), spans[0][0])
    if index < len(spans):
        above = layout.row(opening.start) if index == 0 else rows[index - 1]
        at = layout.row_end(above)
        return Edit(path, at, at, f"\n{column}{new},")
    last = spans[-1][1]
    rest = list(layout.significant(last, end))
    comma = next((token for token in rest if token.text == ","), None)
    closing_row = layout.row(rest[-1].start)
    if closing_row == rows[-1]:
        return Edit(path, last, last, f",\n{column}{new}")
    at = layout.row_end(rows[-1])
    if comma:
        at = max(at, comma.end)
        return Edit(path, at, at, f"\n{column}{new},")
    return Edit(path, last, at, f",{layout.text(last, at)}\n{column}{new}")


def _opening(layout: Layout, statement: ast.Import | ast.ImportFrom) -> Token | None:
    """The parenthesis that the names are in."""
    span = layout.source.span
    head = layout.significant(span(statement)[0], span(statement.names[0])[0])
    return next((token for token in head if token.text == "("), None)


def _region(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements among which a new import goes: the leading imports.

    Where a set-up call separates imports (``django.setup()``), it is those behind it, because what
    they import needs the set-up.
    """
    for index in range(len(body) - 1, -1, -1):
        node = body[index]
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
            and node.value.func.attr == "setup"
            and not node.value.args
        ):
            behind = _leading(body[index + 1 :])
            if any(isinstance(found, (ast.Import, ast.ImportFrom)) for found in behind):
                return behind
    return _leading(body)


def _leading(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    found = []
    for node in body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_text and not _only_imports(node):
            break
        found.append(node)
    return found


def _only_imports(node: ast.stmt) -> bool:
    """Whether a statement is an import, or a ``try`` or ``if`` that begins with one."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    return isinstance(node, (ast.Try, ast.If)) and _only_imports(node.body[0])


def _first_import(layout: Layout, code: str, body: Sequence[ast.stmt]) -> Edit:
    """Add the first import of a file, below what has to come first."""
    head: ast.stmt | None = None
    for index, node in enumerate(body):
        is_docstring = (
            index == 0
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        if is_docstring or _written_module(node) == "__future__":
            head = node
    if head is not None:
        return _after(layout, head, code, separate=True)
    row = 1
    while layout.is_comment(row):
        row += 1
    if row > 1 and layout.is_blank(row):
        row += 1
    at = layout.row_start(row)
    lead = "\n" if row > 1 and at and layout.row_end(row - 1) == at else ""
    return Edit(layout.source.path, at, at, f"{lead}{code}\n{_gap(layout, row)}")


def _after(layout: Layout, anchor: ast.stmt, code: str, *, separate: bool) -> Edit:
    """Add a line behind a statement's line, set apart by a blank line from another section."""
    row = layout.row(layout.place(anchor).last_line.end)
    at = layout.row_start(row + 1)
    code += _late(layout, anchor, code)
    blank = "\n" if separate else ""
    if layout.row_end(row) == at:
        return Edit(layout.source.path, at, at, f"\n{blank}{code}")
    gap = _gap(layout, row + 1) if separate else ""
    return Edit(layout.source.path, at, at, f"{blank}{code}\n{gap}")


def _before(layout: Layout, anchor: ast.stmt, code: str, gap: str) -> Edit:
    """Add a line above a statement; in another section, above that section's heading."""
    code += _late(layout, anchor, code)
    row = top = layout.row(layout.place(anchor).line.start)
    while gap and layout.is_comment(top - 1):
        top -= 1
    # What a file begins with is no heading of a section: shebang, encoding, licence.
    at = layout.row_start(row if top == 1 else top)
    return Edit(layout.source.path, at, at, f"{code}\n{gap}")


def _late(layout: Layout, anchor: ast.stmt, code: str) -> str:
    """The comment by which linters allow an import below other code, where its neighbour has it."""
    if not isinstance(anchor, (ast.Import, ast.ImportFrom)) or "#" in code:
        return ""
    end = layout.row_end(layout.row(layout.place(anchor).last_line.end))
    comments = layout.comments(layout.source.span(anchor)[0], end)
    return _LATE if any(_ALLOWS_LATE.search(token.text) for token in comments) else ""


def _gap(layout: Layout, row: int) -> str:
    """The blank lines still missing between an import and what comes after it, as black has it."""
    blank = 0
    while layout.is_blank(row + blank):
        blank += 1
    at = layout.row_start(row + blank)
    if at >= len(layout.source.utf8):
        return ""
    following = next(
        (node for node in layout.tree.body if layout.place(node).end > at),
        None,
    )
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    wanted = 2 if isinstance(following, definitions) else 1
    return "\n" * max(wanted - blank, 0)


def _predecessor(
    imports: Sequence[ast.Import | ast.ImportFrom], module: str
) -> ast.Import | ast.ImportFrom | None:
    """The import of its section that a ``from`` import goes behind; None for "before all"."""
    froms = [node for node in imports if isinstance(node, ast.ImportFrom)]
    keys = [_written_module(node).lower() for node in froms]
    if not froms:
        return imports[-1]
    if keys != sorted(keys):
        # Two sections perhaps, of which one is the project's own: stay near the same package.
        root = module.lower().partition(".")[0]
        near = [n for n, key in zip(froms, keys, strict=True) if key.partition(".")[0] == root]
        before = [n for n in near if _written_module(n).lower() <= module.lower()]
        return (before or near or imports)[-1]
    earlier = [node for node, key in zip(froms, keys, strict=True) if key <= module.lower()]
    if earlier:
        return earlier[-1]
    plain = [node for node in imports if isinstance(node, ast.Import)]
    above = [node for node in plain if node.lineno < froms[0].lineno]
    return above[-1] if above else None


def _later(node: ast.stmt, others: Sequence[ast.stmt]) -> ast.stmt:
    """The last of them: behind a star import, so that it cannot rebind the new name."""
    return max((node, *others), key=lambda found: found.lineno)


def _position(names: Sequence[str], new: str) -> int:
    """Where a name goes among others: isort's order or the plain one, if they are in it."""

    def by_kind(name: str) -> tuple[int, str]:
        # isort's order_by_type: constants, classes, the rest.
        kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
        return kind, name.lower()

    for key in (by_kind, lambda name: (0, name.lower()), lambda name: (0, name)):
        keys = [key(name) for name in names]
        if keys == sorted(keys):
            return sum(found <= key(new) for found in keys)
    return len(names)


def _is_star(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def _written_module(node: ast.stmt) -> str:
    """The module of an import as it is written; empty for other statements."""
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name if isinstance(node, ast.Import) else ""
