"""Questions about source code that its bytes can answer well enough to leave files unparsed.

Each answer is yes wherever the syntax tree has what is asked for, and sometimes where it has not:
what is found is looked at again in the tree. Comments and strings are not told apart from code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What may stand between two tokens of one logical line; then with closing brackets.
_GAP = rb"(?:[ \t\f\r\n\\]|#[^\n]*\n)*"
_CLOSE = rb"(?:[ \t\f\r\n\\)\]]|#[^\n]*\n)*"

_SELF = re.compile(rb"(?<![\w.])self$")
#: What makes an assignment of what stands before it.
_ASSIGNS = re.compile(rb"(?:\+|-|\*\*?|//?|%|@|&|\||\^|>>|<<)?=(?!=)")
_NEXT = re.compile(_CLOSE)
_KEYWORD = re.compile(
    rb"(?:if|elif|while|for|with|case|match|return|lambda|not|assert|await|yield|else)\b"
)
#: What decides, read from a target onwards, whether it is one of several that are assigned to.
_DECIDING = re.compile(
    rb"""\\\r?\n|[()\[\]{}:;\n]|[=!<>]?=|\#[^\n]*"""
    rb"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|["']""",
    re.DOTALL,
)
_BRACKET = re.compile(rb"[()\[\]{}]")
_BRACKETS = re.compile(rb"\([^()]*\)|\[[^\[\]]*\]")
#: How far around a place is looked; beyond, anything is taken for possible.
_NEAR = 600

#: What follows the name of a keyword argument: ``=``, then a text on its own.
_IS_GIVEN = re.compile(rb"%b=(?!=)" % _GAP)
_TEXT = re.compile(rb"""%b[rRuU]?(?:"([^"\\%%\n]*)"|'([^'\\%%\n]*)')%b[,)]""" % (_GAP, _GAP))
#: What follows a name that is called, or imported under another one.
_CALLED = re.compile(rb"%b\(|%bas\b" % (_CLOSE, _GAP))
_DEFINES = re.compile(rb"(?<![\w.])def $")
_ONLY_GAP = re.compile(_GAP)
_BLANKS = frozenset({b" ", b"\t", b"\f", b"\r", b"\n", b"\\"})
_WORD_BYTES = frozenset(
    bytes([code]) for code in range(128) if chr(code).isalnum() or chr(code) == "_"
)
_WORD = re.compile(rb"\w+")


def may_call(raw: bytes, name: str) -> bool:
    """Whether code may call something of a name: ``name(...)``, ``(x.name)(...)``, or by an alias.

    Args:
        raw: The code.
        name: An identifier of ASCII characters, as for all names here.
    """
    return next(calls(raw, name), None) is not None


def calls(raw: bytes, name: str) -> Iterator[int]:
    """Offsets of what ``may_call`` takes for calls; ``def name(...)`` is none."""
    for start, end in occurrences(raw, name.encode()):
        if _CALLED.match(raw, end) and not _DEFINES.search(
            raw, max(start - len(" def "), 0), start
        ):
            yield start


def occurrences(raw: bytes, word: bytes) -> Iterator[tuple[int, int]]:
    """Offsets of a word where it stands alone.

    Searching for the bytes and looking around them takes less time than it takes to compile a
    pattern for each of thousands of words.
    """
    start = raw.find(word)
    while start >= 0:
        end = start + len(word)
        if raw[start - 1 : start] not in _WORD_BYTES and raw[end : end + 1] not in _WORD_BYTES:
            yield start, end
        start = raw.find(word, end)


def texts_given(raw: bytes, keyword: str) -> tuple[set[bytes], bool]:
    """The plain texts that calls may give for a keyword, ``keyword="text"``, and if others.

    Others are what is computed, texts that are written in parts or with escapes, and those with
    ``%`` for something to be filled in.
    """
    texts: set[bytes] = set()
    others = False
    for _, end in occurrences(raw, keyword.encode()):
        given = _IS_GIVEN.match(raw, end)
        if given is None:
            continue
        text = _TEXT.match(raw, given.end())
        if text is not None:
            texts.add(text[1] if text[1] is not None else text[2])
        else:
            others = True
    return texts, others


def may_store(raw: bytes, name: str) -> bool:
    """Whether code may assign or delete an attribute of this name, but for ``self.name``.

    The targets are those of Python's grammar: of assignments (augmented, annotated, chained, and to
    several targets), of ``for``, ``with ... as`` and ``del``.
    """
    return any(
        _is_store(raw, start, end)
        for start, end in _attributes(raw, name.encode())
        if not _SELF.search(raw, max(start - len(" self"), 0), start)
    )


def _attributes(raw: bytes, word: bytes) -> Iterator[tuple[int, int]]:
    """Offsets of each attribute of a name, from its dot to its end."""
    for start, end in occurrences(raw, word):
        if raw[start - 1 : start] == b".":
            yield start - 1, end
        elif raw[start - 1 : start] in _BLANKS:
            # A dot, and then a line end or a comment: hardly ever, so the window may be wide.
            window = max(start - _NEAR, 0)
            dot = raw.rfind(b".", window, start)
            if dot >= 0 and _ONLY_GAP.fullmatch(raw, dot + 1, start):
                yield dot, end


def _is_store(raw: bytes, start: int, end: int) -> bool:
    """Whether the attribute at these offsets may be a target."""
    found = _NEXT.match(raw, end)
    after = found.end() if found is not None else end
    if _ASSIGNS.match(raw, after):
        return True
    before = raw[max(start - _NEAR, 0) : start]
    if _last(before, b"del", b":;="):
        return True
    following = raw[after : after + 1]
    if following == b":":
        return _last(before, b"as", b":=") or _is_annotated(before)
    if raw.startswith(b"in", after) or following == b",":
        if _last(before, b"for", b"in"):
            return True
    closed = raw[end:after].strip(b" \t\f\r\n\\") != b""
    if following == b"," or closed:
        return _last(before, b"as", b":=") or _is_listed(raw, before, end)
    return False


def _last(before: bytes, word: bytes, unlike: bytes) -> bool:
    """Whether a word stands before a place, and nothing that ends what it begins.

    Args:
        before: The text before the place.
        word: A keyword.
        unlike: ``in``, or characters that end it.
    """
    at = before.rfind(word)
    while at >= 0:
        alone = before[at - 1 : at] if at else b""
        end = at + len(word)
        if not _WORD.match(alone) and not _WORD.match(before[end : end + 1]):
            rest = _outside_brackets(before[end:])
            if unlike == b"in":
                return b"in" not in _WORD.findall(rest)
            return not any(character in rest for character in unlike)
        at = before.rfind(word, 0, at)
    return False


def _outside_brackets(text: bytes) -> bytes:
    """A text without what stands in closed brackets, three levels deep."""
    for _ in range(3):
        text = _BRACKETS.sub(b"", text)
    return text


def _is_annotated(before: bytes) -> bool:
    """Whether a statement may begin right before, on the line: ``x.name: int``."""
    line = before.rpartition(b"\n")[2]
    if line.count(b"[") > line.count(b"]") or line.count(b"{") > line.count(b"}"):
        return False
    return not all(_KEYWORD.match(part.lstrip(b" \t\f")) for part in re.split(rb"[;:]", line))


def _is_listed(raw: bytes, before: bytes, end: int) -> bool:
    """Whether an assignment may follow to a list that a target is part of: ``x.name, y = ...``."""
    line = before.rpartition(b"\n")[2]
    if _is_in_call(line):
        return False
    depth, crossed = 0, False
    for match in _DECIDING.finditer(raw, end, end + _NEAR):
        token = match.group()
        if token in b"([{":
            depth += 1
        elif token in b")]}":
            depth -= 1
        elif depth > 0 or token[:1] in b"#\\":
            continue
        elif token == b"=":
            # In a list over several lines, none stands before the bracket that closes the list.
            return depth < 0 or not crossed
        elif token == b"\n":
            crossed = True
        elif token in (b'"', b"'"):
            return True
        elif token in (b":", b";") or token.endswith(b"="):
            return False
    return end + _NEAR < len(raw)


def _is_in_call(line: bytes) -> bool:
    """Whether a line leaves a bracket open that makes what follows an argument, index or key."""
    depth = 0
    for match in reversed(list(_BRACKET.finditer(line))):
        character = match.group()
        if character in b")]}":
            depth += 1
        elif depth > 0:
            depth -= 1
        else:
            at = match.start()
            owner = line[:at].rstrip()[-1:]
            word = _WORD.findall(line[:at])[-1:]
            grouping = not owner or not (_WORD.match(owner) or owner in b")]'\"")
            if character == b"{" or not (grouping or word in ([b"in"], [b"for"], [b"as"])):
                return True
    return False
