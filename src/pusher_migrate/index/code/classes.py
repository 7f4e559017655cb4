"""The class statements of a tree, read from the bytes of its files.

As in ``lexical``: what there is, is found, and sometimes what there is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pusher_migrate.index.code.lexical import occurrences

#: From the keyword on: the name, and what stands in the brackets and behind them.
_CLASS = re.compile(
    rb"class\s+(\w+)\s*(?:\[(?:[^\[\]]|\[[^\]]*\])*\]\s*)?"
    rb"(?:\(([^:]*(?::(?!\s*(?:#[^\n]*)?\n)[^:]*)*))?"
)
_AS = re.compile(rb"as\s+(\w+)")
_WORD_BEFORE = re.compile(rb"(\w+)\s+$")
_ASSIGNED_LATER = re.compile(rb"[^\n=(]*=(?!=)")
_WORD = re.compile(rb"\w+")
#: How far before an ``as`` the word is looked for that it is about.
_NEAR = 600


class Classes:
    """The class statements in a set of files.

    Args:
        files: Their paths.
        raw: Gives the bytes of a path.

    Attributes:
        paths: Paths of the files with a class of a name, in the order of the files.
    """

    def __init__(self, files: Iterable[str], raw: Callable[[str], bytes]) -> None:
        self.paths: dict[str, list[str]] = {}
        self._raw = raw
        # Names of classes, and paths, by each word in their lists of bases.
        self._deriving: dict[bytes, set[tuple[bytes, str]]] = {}
        self._bases: dict[str, set[bytes]] = {}
        self._unclear: dict[str, bool] = {}
        for path in files:
            self._add(path, raw(path))

    def _add(self, path: str, raw: bytes) -> None:
        found: dict[bytes, set[bytes]] = {}
        every: set[bytes] = set()
        at = raw.find(b"class")
        while at >= 0:
            # What is no statement must not hide one behind it, so each place is tried by itself.
            if not raw[raw.rfind(b"\n", 0, at) + 1 : at].strip(b" \t\f"):
                match = _CLASS.match(raw, at)
                if match is not None:
                    name, bases = match.groups()
                    words = set(_WORD.findall(bases)) if bases is not None else set()
                    found.setdefault(name, set()).update(words)
                    every |= words
                    if bases is not None and b"(" in bases:
                        self._unclear[path] = True
            at = raw.find(b"class", at + 5)
        if every:
            aliases = _aliases(raw, every)
            for words in found.values():
                words |= {word for alias in words & aliases.keys() for word in aliases[alias]}
            self._bases[path] = set().union(*found.values())
        for name, words in found.items():
            self.paths.setdefault(name.decode("utf-8", "replace"), []).append(path)
            for word in words:
                self._deriving.setdefault(word, set()).add((name, path))

    def is_unclear(self, path: str) -> bool:
        """Whether a base of some class in a file may be anything: a call, a variable."""
        known = self._unclear.get(path)
        if known is None:
            raw = self._raw(path) if path in self._bases else b""
            known = any(_may_be_variable(word, raw) for word in self._bases.get(path, ()))
            self._unclear[path] = known
        return known

    def heirs(self, name: str) -> set[str]:
        """Paths of the files with a class that may derive from one of this name.

        Of files with an unclear base nothing is said; see `is_unclear`.
        """
        waiting, known, found = [name.encode()], {name.encode()}, set()
        while waiting:
            for heir, path in self._deriving.get(waiting.pop(), ()):
                found.add(path)
                if heir not in known:
                    known.add(heir)
                    waiting.append(heir)
        return found


def _aliases(raw: bytes, words: set[bytes]) -> dict[bytes, set[bytes]]:
    """What some words are other names for in a file: ``import word as alias``."""
    aliases: dict[bytes, set[bytes]] = {}
    for match in _AS.finditer(raw):
        if match[1] in words:
            before = _WORD_BEFORE.search(raw[max(match.start() - _NEAR, 0) : match.start()])
            if before is not None:
                aliases.setdefault(match[1], set()).add(before[1])
    return aliases


def _may_be_variable(word: bytes, raw: bytes) -> bool:
    """Whether a word may be assigned to at the start of a statement."""
    for start, end in occurrences(raw, word):
        before = raw[raw.rfind(b"\n", 0, start) + 1 : start]
        if before[-1:] == b"." or b"=" in before or b"(" in before:
            continue
        if _ASSIGNED_LATER.match(raw, end):
            return True
    return False
