"""Build the text of a call from the source text of its parts."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.syntax.rows import parsed, tokens_of, unix

#: Stands for the name of a keyword argument in ``f(**mapping)``.
DOUBLE_STAR = "**"


@dataclass(frozen=True, slots=True)
class CallParts:
    """A call of a method, its parts as source text.

    Attributes:
        receiver: The object, ``notification_manager``.
        method: Name of the method.
        positional: Positional arguments, ``*items`` included.
        keywords: Name and value; the name is `DOUBLE_STAR` for a mapping that is unpacked.
    """

    receiver: str
    method: str
    positional: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()

    def render(self) -> str:
        """The call's text, see `render_call`.

        Raises:
            ValueError: A part is not valid source.
        """
        return render_call(self.receiver, self.method, self.positional, self.keywords)


def render_call(
    receiver: str,
    method: str,
    positional: Sequence[str],
    keywords: Sequence[tuple[str, str]],
) -> str:
    """The text of ``receiver.method(...)``, not formatted.

    Args:
        receiver: Any expression; put in parentheses where the dot would bind otherwise.
        method: Name of the method.
        positional: Arguments; ``*items`` is allowed.
        keywords: Name and value; `DOUBLE_STAR` as the name unpacks a mapping.

    Returns:
        An expression. It holds line ends where an argument's text does.

    Raises:
        ValueError: A part is not valid source.
    """
    arguments = [as_argument(text) for text in positional]
    arguments += [_keyword(name, text) for name, text in keywords]
    return f"{as_receiver(receiver)}.{method}({join_arguments(arguments)})"


def join_arguments(arguments: Sequence[str]) -> str:
    """Arguments with commas between them; one a line when a comment ends one of them.

    The trailing comma then keeps black from joining the lines and, with them, the comments.
    """
    parts = [_split_comment(argument) for argument in arguments]
    if not any(comment for _, comment in parts):
        return ", ".join(arguments)
    rows = [f"    {code},  {comment}".rstrip() for code, comment in parts]
    return "\n" + "\n".join(rows) + "\n"


def as_argument(text: str) -> str:
    """An expression's text as it can stand between the commas of any call.

    Parentheses are added where it would be read otherwise (``a, b``), is invalid there
    (``yield x``), or is valid only alone or only by position (a generator, ``x := 1``).

    Args:
        text: An expression, or ``*expression``.

    Raises:
        ValueError: It is neither.
    """
    text = unix(text).strip()
    if _is_value(text) or _is_starred(text):
        return text
    parse_expression(text)
    return parenthesized(text)


def as_value(text: str) -> str:
    """As `as_argument`, where ``*expression`` is not allowed: after ``name=``.

    Raises:
        ValueError: It is not an expression.
    """
    argument = as_argument(text)
    if not _is_value(argument):
        raise ValueError(f"not an expression: {text!r}")
    return argument


def as_receiver(text: str) -> str:
    """An expression's text as it can stand before a dot.

    Raises:
        ValueError: It is not an expression.
    """
    text = unix(text).strip()
    inner = parse_expression(text)
    attribute = _parse(f"{text}.name")
    if (
        isinstance(attribute, ast.Attribute)
        and ast.dump(attribute.value) == ast.dump(inner)
        and ("\n" not in text or _is_one_line(f"{text}.name"))
    ):
        return text
    return parenthesized(text)


def parenthesized(text: str) -> str:
    """The text in parentheses, also when it ends in a comment."""
    return f"({text}\n)" if _split_comment(text)[1] else f"({text})"


def parse_expression(text: str) -> ast.expr:
    """Parse an expression that may span lines as if it were in parentheses.

    Raises:
        ValueError: It is not an expression.
    """
    node = _parse(f"(\n{text}\n)")
    # The parentheses alone are an expression already, the empty tuple.
    if isinstance(node, ast.Tuple) and not node.elts and _parse(text) is None:
        node = None
    if node is None:
        raise ValueError(f"not an expression: {text!r}")
    return node


def _keyword(name: str, text: str) -> str:
    if name != DOUBLE_STAR:
        return f"{name}={as_value(text)}"
    value = as_value(text)
    # `**a or b` unpacks all of `a or b`; only what needs parentheses as a value needs them here.
    return f"**{value}"


def _is_value(text: str) -> bool:
    """Whether it can be the value of a keyword argument that is followed by another."""
    call = _parse(f"f(k=\n{text}\n, z=0)")
    return (
        isinstance(call, ast.Call)
        and not call.args
        and [keyword.arg for keyword in call.keywords] == ["k", "z"]
    )


def _is_starred(text: str) -> bool:
    call = _parse(f"f(\n{text}\n, z=0)")
    return (
        isinstance(call, ast.Call)
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Starred)
        and [keyword.arg for keyword in call.keywords] == ["z"]
    )


def _parse(text: str) -> ast.expr | None:
    tree = parsed(text)
    body = tree.body if tree else []
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        return body[0].value
    return None


def _is_one_line(code: str) -> bool:
    """Whether the code is a single logical line."""
    try:
        kinds = [token.type for token in tokens_of(code)]
    except (tokenize.TokenError, SyntaxError):
        return False
    return kinds.count(tokenize.NEWLINE) == 1


def _split_comment(text: str) -> tuple[str, str]:
    """Code and the comment that ends it, if one does."""
    if "#" not in text.rpartition("\n")[2]:
        return text, ""
    try:
        tokens = list(tokens_of(f"(\n{text}\n)"))
    except (tokenize.TokenError, SyntaxError):
        return text, ""
    skipped = (tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT)
    significant = [token for token in tokens if token.type not in skipped]
    if len(significant) < 2 or significant[-2].type != tokenize.COMMENT:
        return text, ""
    comment = significant[-2].string
    return text[: text.rindex(comment)].rstrip(), comment
