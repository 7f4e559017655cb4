"""What a call may do to the objects that it gets, as far as its name and its target tell."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.syntax import decorator_name, final_bindings, keyword_of
from pusher_migrate.index.flow.locals import READING
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.testing import is_test_module
from pusher_migrate.index.types.types import ClassType, FunctionType, Instance

#: Stands for an attribute of which not even the name is known, or ends one's name.
UNKNOWN = "?"

#: Methods of Django's ``Model``.
SAVES = frozenset({"save", "asave", "save_base"})
DELETES = frozenset({"delete", "adelete"})
REFRESHES = frozenset({"refresh_from_db", "arefresh_from_db"})

#: Methods that change a list, set or dictionary.
IN_PLACE = frozenset(
    [
        "append",
        "appendleft",
        "extend",
        "insert",
        "pop",
        "popleft",
        "popitem",
        "extendleft",
        "rotate",
        "remove",
        "discard",
        "clear",
        "update",
        "difference_update",
        "intersection_update",
        "symmetric_difference_update",
        "setdefault",
        "setlist",
        "appendlist",
        "move_to_end",
        "add",
        "sort",
        "reverse",
        "subtract",
        "__setitem__",
        "__delitem__",
    ]
)
#: Those that put something into it.
ADDING = frozenset(
    {"append", "appendleft", "add", "insert", "extend", "extendleft", "setdefault", "update"}
)

#: Functions that change what they get.
CHANGING_FUNCTIONS = frozenset(
    [
        "setattr",
        "delattr",
        "setitem",
        "delitem",
        "shuffle",
        "heappush",
        "heappop",
        "heapify",
        "insort",
        "insort_left",
        "insort_right",
    ]
)
#: Methods that lists, sets and dictionaries have, and no row of Django.
OF_CONTAINERS = IN_PLACE - {"update", "add", "remove", "clear"}
#: Hooks of generic views and of the admin that delete.
DELETING_FUNCTIONS = frozenset({"perform_destroy", "delete_model"})
#: Those that save.
SAVING_FUNCTIONS = frozenset({"save_model"})

_READING = READING | {
    "date",
    "time",
    "serializable_value",
    "exists",
    "title",
    "replace",
    "union",
    "intersection",
    "difference",
    "issubset",
    "issuperset",
    "hex",
    "total_seconds",
}
_READING_PREFIXES = ("get_", "is_", "has_", "can_", "to_", "as_", "__")
# What methods of Django and of its REST framework are called that only read what they are given.
_READING_IN_FRAMEWORK = frozenset({"clean", "initial", "save_related", "save_formset"})
_PREFIXES_IN_FRAMEWORK = (
    *("log_", "response_", "render", "construct_", "message_", "format_", "validate", "check_"),
    *("filter_", "paginate_", "finalize_", "lookup_"),
)
_LOGGING = frozenset(
    ["debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"]
)
_COPIES = frozenset(["list", "tuple", "set", "frozenset", "dict", "sorted", "reversed", "copy"])


_KEEPING = frozenset(["get_form", "get_serializer", "partial", "sum", "fromkeys"])
#: Methods of managers that make a row, which has for its relations the rows that it is made with.
CREATING = frozenset(
    [
        *("create", "acreate", "get_or_create", "aget_or_create"),
        *("update_or_create", "aupdate_or_create"),
    ]
)
#: Functions that give the items of their arguments.
GIVING_ITEMS = _COPIES | {"enumerate", "zip", "iter", "chain", "filter", "map"}
#: Those that call their first argument with the items of the second.
CALLING = frozenset({"map", "filter"})
#: Functions that give one item of their argument, and methods that give one of their container.
GIVING_ONE = frozenset({"next", "max", "min"})
TAKING = frozenset({"pop", "popleft", "popitem", "get", "setdefault"})
#: What forms and serializers make of the objects that they hold (Django docs, "Form.cleaned_data";
#: REST framework, "Serializer.data"): dictionaries of their own.
MADE_ANEW = frozenset({"data", "cleaned_data", "validated_data", "initial_data", "errors"})
#: Methods of a dictionary that give what it holds.
VIEWS = frozenset({"values", "items"})


#: The methods by which operators change what they are applied to.
IN_PLACE_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "__iadd__",
    ast.Sub: "__isub__",
    ast.Mult: "__imul__",
    ast.MatMult: "__imatmul__",
    ast.Div: "__itruediv__",
    ast.FloorDiv: "__ifloordiv__",
    ast.Mod: "__imod__",
    ast.Pow: "__ipow__",
    ast.LShift: "__ilshift__",
    ast.RShift: "__irshift__",
    ast.BitOr: "__ior__",
    ast.BitXor: "__ixor__",
    ast.BitAnd: "__iand__",
}
#: What makes a form put its values into the instance that it is for.
CLEANING = frozenset({"is_valid", "full_clean", "errors", "non_field_errors", "has_error"})


def made_with(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The attributes of the row that a manager's ``create`` makes, and what they are set to."""
    if last_name(call) not in CREATING or not isinstance(call.func, ast.Attribute):
        return
    for word in call.keywords:
        if word.arg in ("defaults", "create_defaults") and isinstance(word.value, ast.Dict):
            for key, value in zip(word.value.keys, word.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        elif word.arg is not None:
            yield word.arg, word.value


def is_modelled(call: ast.Call) -> bool:
    """Whether what a call gives of its arguments is known by its name."""
    return keeps_arguments(call) or last_name(call) in GIVING_ITEMS | GIVING_ONE


def keeps_known(inference: Inference, owner: Instance) -> bool:
    """Whether all that an instance was made with is where its own ``__init__`` puts it."""
    made = special_of(inference, owner, "__init__") is not None
    return made and not inference.external_bases(owner.cls)


def prepared_parameters(called: FunctionType, prepared: ast.Call) -> Iterator[str]:
    """The parameters for which ``partial(function, ...)`` holds something, ``self`` included."""
    declared = [*called.node.args.posonlyargs, *called.node.args.args]
    if called.bound is not None and declared:
        yield declared[0].arg
    call = ast.Call(prepared.args[0], prepared.args[1:], prepared.keywords)
    for value in (*call.args, *(word.value for word in call.keywords)):
        parameter = parameter_of(called, call, value)
        if parameter is not None:
            yield parameter


def last_name(call: ast.Call) -> str:
    """Name of the function or method that is called; empty when it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def only_reads(method: str) -> bool:
    """Whether a method of this name is known, or named so, that it changes nothing."""
    return method in _READING or method.startswith(_READING_PREFIXES)


def reads_in_framework(method: str) -> bool:
    """As `only_reads`, for a method of a class of Django or of its REST framework."""
    return (
        only_reads(method)
        or method in _READING_IN_FRAMEWORK
        or method.startswith(_PREFIXES_IN_FRAMEWORK)
    )


def values_given(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call, named or not."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def keeps_arguments(call: ast.Call) -> bool:
    """Whether the result of a call may hold its arguments: a class is called, or a copy is made."""
    name = last_name(call)
    return name[:1].isupper() or name in _COPIES or name in _KEEPING


def read_attribute(call: ast.Call) -> str:
    """The attribute that ``getattr(object, "name")`` reads; empty for other calls.

    Of a name that is not literal, `UNKNOWN` stands for what is not; ``get_?``.
    """
    if isinstance(call.func, ast.Name) and call.func.id == "vars" and len(call.args) == 1:
        return "__dict__"
    if isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1:
        name = call.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return name.value
        begins = name.values[0] if isinstance(name, ast.JoinedStr) and name.values else None
        return f"{begins.value!s}{UNKNOWN}" if isinstance(begins, ast.Constant) else UNKNOWN
    return ""


def copied_by(call: ast.Call) -> list[ast.expr]:
    """What a call gives the items of: ``rows`` for ``list(rows)`` and for ``rows.copy()``."""
    if last_name(call) not in GIVING_ITEMS:
        return []
    if isinstance(call.func, ast.Attribute) and not call.args:
        return [call.func.value]
    return call.args


def only_keeps(call: ast.Call) -> bool:
    """Whether a call, if it is not one of the project's own, only puts its arguments somewhere."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in ADDING - {"update"}


def seen_through(value: ast.expr) -> ast.expr | None:
    """What a live view shows: ``info`` for ``info.values()``, ``data`` for ``vars(data)``."""
    if isinstance(value, ast.Attribute):
        return value.value if value.attr == "__dict__" else None
    if not isinstance(value, ast.Call):
        return None
    if isinstance(value.func, ast.Name) and value.func.id == "vars" and len(value.args) == 1:
        return value.args[0]
    if isinstance(value.func, ast.Attribute) and value.func.attr in (*VIEWS, "keys"):
        return None if value.args or value.keywords else value.func.value
    return None


def set_attribute(call: ast.Call) -> str:
    """The attribute that ``setattr(object, "name", value)`` sets; empty when it is not literal."""
    name = call.args[1] if len(call.args) > 1 else None
    return str(name.value) if isinstance(name, ast.Constant) else ""


def saves_field(save: ast.AST, field: str) -> bool:
    """Whether a save persists a field: ``update_fields`` may leave it out."""
    if not isinstance(save, ast.Call):
        return True
    fields = keyword_of(save, "update_fields")
    if fields is None or (isinstance(fields, ast.Constant) and fields.value is None):
        return True
    if not isinstance(fields, ast.List | ast.Tuple | ast.Set):
        return False
    names = {item.value for item in fields.elts if isinstance(item, ast.Constant)}
    return field in names or field.removesuffix("_id") in names


def parameter_of(called: FunctionType, call: ast.Call, argument: ast.AST) -> str | None:
    """The parameter that gets an argument; None for what lands in ``*args`` or ``**kwargs``."""
    declared = called.node.args
    names = [parameter.arg for parameter in (*declared.posonlyargs, *declared.args)]
    for keyword in call.keywords:
        if keyword.value is argument:
            known = {*names, *(parameter.arg for parameter in declared.kwonlyargs)}
            return keyword.arg if keyword.arg in known else None
    if called.bound is not None:
        names = names[1:]
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            return None
        if value is argument:
            return name
    return None


def getter_of(inference: Inference, owner: Instance, name: str) -> FunctionType | None:
    """The function behind an attribute of a class of the project that is a property."""
    found = special_of(inference, owner, name)
    if found is None or not isinstance(found.node, ast.FunctionDef) or not found.node.args.args:
        return None
    decorators = {decorator_name(item) for item in found.node.decorator_list}
    return found if decorators & {"property", "cached_property"} else None


def special_of(inference: Inference, owner: Instance, name: str) -> FunctionType | None:
    """The function that a class of the project defines under a name, as it is: ``__init__``."""
    for base in inference.mro(owner.cls):
        bindings = base.module.scopes[base.node].names.get(name)
        if bindings:
            definition = final_bindings(base.module, bindings)[-1].node
            if isinstance(definition, ast.FunctionDef):
                return FunctionType(base.module, definition, owner)
            return None
    return None


def run_by(inference: Inference, module: Module, call: ast.Call) -> FunctionType | None:
    """The function of the project that a call runs: that of a class is its ``__init__``."""
    found = inference.type_of(module, call.func)
    if isinstance(found, FunctionType):
        return found
    if isinstance(found, ClassType):
        return special_of(inference, Instance(found), "__init__")
    return special_of(inference, found, "__call__") if isinstance(found, Instance) else None


def may_run(inference: Inference, module: Module, call: ast.Call) -> list[FunctionType]:
    """The functions of the project that a call may run: that of `run_by`, and what overrides it."""
    found = run_by(inference, module, call)
    known = [found] if found is not None else []
    function = call.func
    if not isinstance(function, ast.Attribute) or (found is not None and found.bound is None):
        return known
    if isinstance(function.value, ast.Call) and last_name(function.value) == "super":
        return known
    owner = inference.type_of(module, function.value)
    if not isinstance(owner, Instance):
        return known
    for heir in inference.subclasses(owner.cls):
        if function.attr not in heir.module.scopes[heir.node].names:
            continue
        own = inference.member(Instance(heir), function.attr)
        if isinstance(own, FunctionType) and not is_test_module(inference, heir.module):
            if all(own.node is not each.node for each in known):
                known.append(own)
    return known


def is_known_reader(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether an unresolved call is one that changes no argument.

    Builtins, loggers, methods of ``super()`` that are named for reading, and methods of ``self``
    that a base class outside the tree gives.
    """
    function = call.func
    if isinstance(function, ast.Name):
        known = hasattr(builtins, function.id) and module.scope_at(function).find(function.id)
        return hasattr(builtins, function.id) and known is None
    if not isinstance(function, ast.Attribute):
        return False
    if function.attr in _LOGGING:
        return True
    receiver = function.value
    if isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Name):
        if receiver.func.id == "super":
            return reads_in_framework(function.attr)
    if isinstance(receiver, ast.Name) and receiver.id in ("self", "cls"):
        around = module.named_function_around(call)
        cls = module.class_around(around) if around is not None else None
        return cls is not None and bool(inference.external_bases(ClassType(module, cls)))
    return False
