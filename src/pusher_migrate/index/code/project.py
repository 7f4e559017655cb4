"""The project as a whole: which files hold a word, and which module a dotted name is.

Files are read and parsed only when somebody asks. Every question about the whole tree ("who calls
``notify_staff``?") starts as a search for the bytes of a name, so a tree of a million lines is
searched in a fraction of a second and only what can matter is parsed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice

from pusher_migrate import source as source_files
from pusher_migrate.errors import SourceError
from pusher_migrate.index.code.classes import Classes
from pusher_migrate.index.code.lexical import calls, may_call, may_store, texts_given
from pusher_migrate.index.code.modules import Module

# Up to this many bytes the contents are kept between two searches; beyond, files are read again.
KEEP_BYTES = 48 * 1024 * 1024

# Everything but the bytes of identifiers becomes a space; all beyond ASCII may be part of one.
_WORDS = bytes(
    byte if byte >= 128 or chr(byte).isalnum() or byte == ord("_") else ord(" ")
    for byte in range(256)
)


class Project:
    """Lazy access to the files of one tree.

    Args:
        paths: All Python files, relative to the root, with forward slashes.
        read: Gives the bytes of a path; raises SourceError when it cannot.
        search: The files to search for words, None for all. Modules are found by name among all of
            them, so a narrow search sees what its files import, but not who else calls it.
        watch: Called with the path of each file that is about to be parsed.

    Attributes:
        errors: Files that could not be read or parsed, by path (PM901).
        searched: The files that are searched for words.
    """

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], bytes],
        search: Iterable[str] | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> None:
        self.paths = tuple(sorted(paths))
        self.searched = self.paths if search is None else tuple(sorted(search))
        self.errors: dict[str, SourceError] = {}
        self._read = read
        self._watch = watch
        self._known = frozenset(self.paths)
        self._contents: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._modules: dict[str, Module | None] = {}
        self._holding: dict[bytes, tuple[str, ...]] = {}
        self._matching: dict[tuple[str, bytes], tuple[str, ...]] = {}
        self._calling: dict[str, tuple[str, ...]] = {}
        self._often: dict[tuple[str, int], bool] = {}
        self._storing: dict[str, tuple[str, ...]] = {}
        self._heirs: dict[str, tuple[str, ...]] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._given: dict[str, tuple[dict[str, list[str]], frozenset[str]]] = {}
        self._directories = {path.rpartition("/")[0] for path in self.paths}
        for directory in tuple(self._directories):
            while directory:
                directory = directory.rpartition("/")[0]
                self._directories.add(directory)

    # --- Contents -------------------------------------------------------------------------------

    def raw(self, path: str) -> bytes:
        """The bytes of a file; empty, and noted in ``errors``, when it cannot be read."""
        kept = self._contents.get(path)
        if kept is not None:
            return kept
        try:
            content = self._read(path)
            if source_files.is_wide(content):
                # UTF-16 hides every word that is searched for, and Python cannot read it either.
                source_files.decode(path, content)
        except SourceError as error:
            self.errors[path] = error
            content = b""
        if self._kept_bytes + len(content) <= KEEP_BYTES:
            self._contents[path] = content
            self._kept_bytes += len(content)
        return content

    def holding(self, *tokens: str) -> tuple[str, ...]:
        """Paths of the files whose bytes hold at least one of the tokens, in path order."""
        wanted = [token.encode() for token in tokens]
        missing = [token for token in wanted if token not in self._holding]
        if missing:
            found: dict[bytes, list[str]] = {token: [] for token in missing}
            for path in self.searched:
                content = self.raw(path)
                for token in missing:
                    if token in content:
                        found[token].append(path)
            for token, paths in found.items():
                self._holding[token] = tuple(paths)
        if len(wanted) == 1:
            return self._holding[wanted[0]]
        return tuple(sorted({path for token in wanted for path in self._holding[token]}))

    def naming(self, *names: str) -> tuple[str, ...]:
        """Paths of the files in which at least one of the names stands as a whole word.

        Words are told apart by the bytes of identifiers, in one pass over all files: as cheap as
        some twenty searches, of which a plan makes thousands.
        """
        words = self._words
        if len(names) == 1:
            return words.get(names[0].encode(), ())
        return tuple(sorted({path for name in names for path in words.get(name.encode(), ())}))

    @cached_property
    def _words(self) -> dict[bytes, tuple[str, ...]]:
        found: dict[bytes, list[str]] = {}
        for path in self.searched:
            for word in set(self.raw(path).translate(_WORDS).split()):
                found.setdefault(word, []).append(path)
        return {word: tuple(paths) for word, paths in found.items()}

    def modules_naming(self, *names: str) -> list[Module]:
        """The parsed modules among ``naming(*names)``."""
        modules = (self.module(path) for path in self.naming(*names))
        return [module for module in modules if module is not None]

    def matching(self, token: str, pattern: re.Pattern[bytes]) -> tuple[str, ...]:
        """Paths of the files that hold a token and match a pattern, in path order."""
        key = (token, pattern.pattern)
        known = self._matching.get(key)
        if known is None:
            among = self.naming(token) if token.isidentifier() else self.holding(token)
            known = tuple(path for path in among if pattern.search(self.raw(path)))
            self._matching[key] = known
        return known

    def calling(self, name: str) -> list[Module]:
        """The parsed modules in which something of this name may be called, in path order."""
        known = self._calling.get(name)
        if known is None:
            known = tuple(path for path in self.naming(name) if may_call(self.raw(path), name))
            self._calling[name] = known
        modules = (self.module(path) for path in known)
        return [module for module in modules if module is not None]

    def is_called_often(self, name: str, times: int) -> bool:
        """Whether more calls than this may be of something of this name; parses nothing."""
        known = self._often.get((name, times))
        if known is None:
            places = (call for path in self.naming(name) for call in calls(self.raw(path), name))
            known = self._often[name, times] = next(islice(places, times, None), None) is not None
        return known

    def storing(self, name: str) -> list[Module]:
        """The parsed modules that may assign an attribute of this name of anything but ``self``."""
        known = self._storing.get(name)
        if known is None:
            known = tuple(path for path in self.naming(name) if may_store(self.raw(path), name))
            self._storing[name] = known
        modules = (self.module(path) for path in known)
        return [module for module in modules if module is not None]

    def heirs(self, name: str) -> list[Module]:
        """The parsed modules with a class that may derive from one of this name, in path order."""
        known = self._heirs.get(name)
        if known is None:
            unclear = set(filter(self._classes.is_unclear, self.naming(name)))
            known = self._heirs[name] = tuple(sorted(self._classes.heirs(name) | unclear))
        modules = (self.module(path) for path in known)
        return [module for module in modules if module is not None]

    @cached_property
    def _classes(self) -> Classes:
        return Classes(self.holding("class"), self.raw)

    def giving(self, keyword: str, text: str) -> list[Module]:
        """The parsed modules that may give a call a text by keyword, ``keyword="text"``.

        Where the value is computed, the text, an identifier, must stand in the file as well.
        """
        known = self._given.get(keyword)
        if known is None:
            plain: dict[str, list[str]] = {}
            computed = set()
            for path in self.naming(keyword):
                texts, others = texts_given(self.raw(path), keyword)
                for each in texts:
                    plain.setdefault(each.decode("utf-8", "replace"), []).append(path)
                if others:
                    computed.add(path)
            known = self._given[keyword] = (plain, frozenset(computed))
        paths = {*known[0].get(text, ()), *known[1].intersection(self.naming(text))}
        modules = (self.module(path) for path in sorted(paths))
        return [module for module in modules if module is not None]

    def modules_holding(self, *tokens: str) -> list[Module]:
        """The parsed modules among ``holding(*tokens)``."""
        modules = (self.module(path) for path in self.holding(*tokens))
        return [module for module in modules if module is not None]

    def parsed(self) -> list[Module]:
        """All modules parsed so far, in path order."""
        return [self._modules[path] for path in sorted(self._modules) if self._modules[path]]  # type: ignore[misc]

    # --- Modules --------------------------------------------------------------------------------

    def has(self, path: str) -> bool:
        """Whether a file is part of the tree."""
        return path in self._known

    def module(self, path: str) -> Module | None:
        """The parsed file, or None (noted in ``errors``) when it cannot be."""
        if path in self._modules:
            return self._modules[path]
        module: Module | None = None
        content = self.raw(path)
        if path not in self.errors:
            if self._watch is not None:
                self._watch(path)
            try:
                source = source_files.decode(path, content)
                tree = source.tree
            except SourceError as error:
                self.errors[path] = error
            else:
                module = Module(source, tree, self.module_name(path), path.endswith("__init__.py"))
        self._modules[path] = module
        return module

    def module_name(self, path: str) -> str:
        """The dotted name under which the project imports a file."""
        root = self.roots(path)[0]
        inner = path[len(root) + 1 :] if root else path
        inner = inner.removesuffix(".py").removesuffix("/__init__")
        return inner.replace("/", ".") if inner != "__init__" else ""

    @cached_property
    def top_level_names(self) -> frozenset[str]:
        """Top-level names under which the project's own modules are imported."""
        names = {self.module_name(path).partition(".")[0] for path in self.paths}
        for path in self.paths:  # Packages in a folder that is no package may be on the path too.
            folder = path.removesuffix("/__init__.py")
            parent, _, name = folder.rpartition("/")
            if folder != path and _join(parent, "__init__.py") not in self._known:
                names.add(name)
        return frozenset(names)

    def roots(self, path: str) -> tuple[str, ...]:
        """Directories that absolute imports of this file may start from, the likeliest first.

        The nearest directory with a ``manage.py`` comes first, then the top of the package that
        holds the file, then directories above that are no packages, the project root among them.
        """
        directory = path.rpartition("/")[0]
        cached = self._roots.get(directory)
        if cached is not None:
            return cached
        ancestors = [directory]
        while ancestors[-1]:
            ancestors.append(ancestors[-1].rpartition("/")[0])
        plain = [folder for folder in ancestors if _join(folder, "__init__.py") not in self._known]
        managed = [folder for folder in ancestors if _join(folder, "manage.py") in self._known]
        sources = [folder for folder in plain if folder.rpartition("/")[2] == "src"]
        first: list[str] = managed[:1] + sources[:1]
        if not first:
            in_package = _join(directory, "__init__.py") in self._known
            first = plain[:1] if in_package else [""]
        # A file's own directory is on the path only for scripts; under a managed project it would
        # let a neighbour called like a library hide the library.
        others = [folder for folder in plain if folder != directory or not managed]
        ordered = tuple(dict.fromkeys([*first, *managed, *others, ""]))
        self._roots[directory] = ordered
        return ordered

    def find_module(self, dotted: str, importer: str | None = None) -> str | None:
        """Path of the module with this absolute dotted name as seen from a file, or None.

        Without a file, a module below a folder that is no package counts too (``apps`` on the path
        for modules), when it is the only one of this name.
        """
        inner = dotted.replace(".", "/")
        roots = self.roots(importer) if importer is not None else self._all_roots
        for root in roots:
            for candidate in (f"{inner}.py", f"{inner}/__init__.py"):
                path = _join(root, candidate)
                if path in self._known:
                    return path
        return self._below_plain_folder(inner) if importer is None else None

    def _below_plain_folder(self, inner: str) -> str | None:
        if "/" not in inner:
            return None  # A folder of scripts may have one that is called like a library.
        ends = (f"/{inner}.py", f"/{inner}/__init__.py")
        found = [
            path
            for path in self._by_last_name.get(inner.rpartition("/")[2], ())
            if path.endswith(ends)
            and _join(path[: path.rindex(f"/{inner}")], "__init__.py") not in self._known
        ]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_last_name(self) -> dict[str, list[str]]:
        """Paths by the last part of the dotted names of their modules."""
        found: dict[str, list[str]] = {}
        for path in self.paths:
            name = path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
            found.setdefault(name, []).append(path)
        return found

    def is_namespace(self, dotted: str, importer: str) -> bool:
        """True when a dotted name is a directory of the tree without an ``__init__.py``."""
        inner = dotted.replace(".", "/")
        return any(_join(root, inner) in self._directories for root in self.roots(importer))

    @cached_property
    def _all_roots(self) -> tuple[str, ...]:
        managed = [path.rpartition("/")[0] for path in self.paths if path.endswith("manage.py")]
        return tuple(dict.fromkeys(["", "src", *managed]))

    def classes_named(self, name: str) -> list[tuple[Module, ast.ClassDef]]:
        """All classes of the tree with this name, in path order."""
        result = []
        for path in self._classes.paths.get(name, ()):
            module = self.module(path)
            if module is not None:
                result += [(module, node) for node in module.classes if node.name == name]
        return result

    @cached_property
    def classes_by_words(self) -> dict[str, list[str]]:
        """Class names by their last words: RoomBooking by ``room_booking`` and by ``booking``."""
        found: dict[str, list[str]] = {}
        for name in self.class_names():
            words = snake_case(name).split("_")
            for start in range(len(words)):
                found.setdefault("_".join(words[start:]), []).append(name)
        return found

    def class_names(self) -> Iterable[str]:
        """Names of all classes of the tree."""
        return self._classes.paths.keys()

    @cached_property
    def classes_in_lower_case(self) -> dict[str, list[str]]:
        """Class names by what they are in lower case."""
        found: dict[str, list[str]] = {}
        for name in self.class_names():
            found.setdefault(name.lower(), []).append(name)
        return found


def snake_case(name: str) -> str:
    """``RoomBooking`` -> ``room_booking``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
