"""The questions on a terminal: the real script on a real pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import pytest
from shop_project import FILES, SCRIPT, commit, git, write_files

VIEWS = "shop/views.py"
PROMPT = "[y,n,a,q,?]? "
PAID_CALL = "notification_manager.realtime_order_paid(order)"
SENT_CALL = "notification_manager.realtime_order_sent(order)"
# Far more than a question takes; only a program that hangs gets there.
PATIENCE = 60


class Terminal:
    """The other side of a terminal with the program on it."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.descriptor = descriptor
        self.seen = ""

    def read_until(self, text: str) -> str:
        """Everything up to and with a text, from where the last reading ended."""
        while text not in self.seen:
            ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
            assert ready, f"waited for {text!r} after {self.seen!r}"
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:
                # How Linux tells the end of a terminal.
                data = b""
            assert data, f"ended before {text!r}: {self.seen!r}"
            self.seen += data.decode()
        head, found, self.seen = self.seen.partition(text)
        return head + found

    def answer(self, line: str) -> str:
        """Wait for the question, answer it, and give what was shown before it."""
        shown = self.read_until(PROMPT)
        os.write(self.descriptor, line.encode())
        return shown

    def finish(self) -> tuple[int, str]:
        """The exit code, and all that came after what was read."""
        rest = self.seen
        while True:
            ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
            assert ready, f"does not end after {rest!r}"
            try:
                data = os.read(self.descriptor, 65536)
            except OSError:
                break
            if not data:
                break
            rest += data.decode()
        return self.process.wait(PATIENCE), rest


@contextmanager
def on_terminal(
    root: Path, *arguments: str, columns: int = 100, **environment: str
) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [SCRIPT, "migrate", *arguments],
        cwd=root,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
        # Its own session with this terminal, so that Ctrl-C on it becomes a signal.
        start_new_session=True,
        preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def views(root: Path) -> str:
    return (root / VIEWS).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        (["y\n", "y\n"], {PAID_CALL, SENT_CALL}),
        (["y\n", "n\n"], {PAID_CALL}),
        (["n\n", "y\n"], {SENT_CALL}),
        (["n\n", "n\n"], set()),
        (["YES\n", " no \n"], {PAID_CALL}),
        (["q\n"], set()),
        (["y\n", "q\n"], {PAID_CALL}),
        # What is for review is asked about even after "all".
        (["a\n", "n\n"], {PAID_CALL}),
        (["a\n", "a\n"], {PAID_CALL, SENT_CALL}),
        # The end of input is as good as q.
        (["y\n", "\x04"], {PAID_CALL}),
        # Nothing, or nonsense, is no answer.
        (["\n", "maybe\n", "?\n", "y\n", "n\n"], {PAID_CALL}),
    ],
)
def test_answers_decide_what_is_applied(shop: Path, answers: list[str], calls: set[str]) -> None:
    with on_terminal(shop) as terminal:
        for answer in answers:
            terminal.answer(answer)
            assert views(shop) == FILES[VIEWS], "nothing is written before the last question"
        code, rest = terminal.finish()
    assert code == 0, rest
    assert {call for call in (PAID_CALL, SENT_CALL) if call in views(shop)} == calls
    assert ("wrote shop/views.py" in rest) is bool(calls)
    files = 1 if calls else 0
    assert f"{len(calls)} change{'' if len(calls) == 1 else 's'} applied in {files} file" in rest
    # What is left to a person is said at the end.
    assert "stock-counted" in rest


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n")


def test_each_change_is_shown_on_top_of_what_was_approved(shop: Path) -> None:
    with on_terminal(shop) as terminal:
        first = plain(terminal.answer("n\n"))
        second = plain(terminal.answer("n\n"))
    assert "shop/views.py:8:5: PM101 [safe] in pay" in first
    assert "(1/2) Apply this change" in first
    assert f"\n+    {PAID_CALL}" in first
    assert "(2/2) Apply this change" in second
    # The import came with the first change, which was declined.
    assert "\n+from shop.manager import notification_manager" in second
    assert f"\n+    {SENT_CALL}" in second
    git(shop, "checkout", "--quiet", ".")
    with on_terminal(shop) as terminal:
        terminal.answer("y\n")
        second = plain(terminal.answer("n\n"))
    assert "from shop.manager import notification_manager" in second or "@@" in second
    assert "\n+from shop.manager" not in second


def test_help_explains_every_answer(shop: Path) -> None:
    with on_terminal(shop) as terminal:
        terminal.answer("?\n")
        text = terminal.read_until(PROMPT)
    assert [f"\n{key} - " in f"\n{plain(text)}" for key in "ynaq?"] == [True] * 5


def test_colours_are_on_and_no_color_turns_them_off(shop: Path) -> None:
    with on_terminal(shop) as terminal:
        assert "\x1b[32m+" in terminal.answer("q\n")
    with on_terminal(shop, NO_COLOR="1") as terminal:
        assert "\x1b" not in terminal.answer("q\n")
    with on_terminal(shop, "--no-color") as terminal:
        assert "\x1b" not in terminal.answer("q\n")


@pytest.mark.parametrize("columns", [50, 200])
def test_text_fits_the_terminal(shop: Path, columns: int) -> None:
    with on_terminal(shop, columns=columns) as terminal:
        shown = plain(terminal.answer("n\n") + terminal.answer("n\n"))
        _, rest = terminal.finish()
    lines = (shown + plain(rest)).splitlines()
    wrapped = [line for line in lines if line.startswith(("#  ", "not applied"))]
    assert len(wrapped) > 8
    assert max(map(len, wrapped)) <= min(columns, 100)


def test_diff_on_a_terminal_asks_nothing(shop: Path) -> None:
    with on_terminal(shop, "--diff") as terminal:
        code, text = terminal.finish()
    assert code == 0
    assert PROMPT not in text
    assert PAID_CALL in text
    assert views(shop) == FILES[VIEWS]


def test_with_nothing_to_change_it_asks_nothing(shop: Path) -> None:
    with on_terminal(shop, "--select", "PM102") as terminal:
        code, text = terminal.finish()
    assert code == 0
    assert PROMPT not in text and "Nothing to change in" in text


def test_uncommitted_work_is_said_before_anything_is_asked(shop: Path) -> None:
    (shop / VIEWS).write_text(FILES[VIEWS] + "# mine\n", encoding="utf-8")
    with on_terminal(shop) as terminal:
        code, text = terminal.finish()
    assert code == 2
    assert "uncommitted changes" in text and PROMPT not in text


def test_control_c_at_a_question_writes_nothing_and_says_so(shop: Path) -> None:
    with on_terminal(shop) as terminal:
        terminal.answer("y\n")
        terminal.answer("\x03")
        code, text = terminal.finish()
    assert code == 130
    assert "interrupted; nothing was written; 1 approved change not applied" in plain(text)
    assert views(shop) == FILES[VIEWS]


def test_a_termination_at_a_question_writes_nothing(shop: Path) -> None:
    with on_terminal(shop) as terminal:
        terminal.read_until(PROMPT)
        terminal.process.send_signal(signal.SIGTERM)
        code, _ = terminal.finish()
    assert code == -signal.SIGTERM
    assert views(shop) == FILES[VIEWS]


def test_a_file_that_changes_while_questions_are_asked_is_left_alone(shop: Path) -> None:
    write_files(shop, {"shop/also.py": FILES[VIEWS]})
    commit(shop)
    mine = FILES[VIEWS] + "# mine\n"
    with on_terminal(shop, "--allow-dirty") as terminal:
        for _ in range(3):
            terminal.answer("y\n")
        terminal.read_until(PROMPT)
        (shop / VIEWS).write_text(mine, encoding="utf-8")
        os.write(terminal.descriptor, b"y\n")
        code, text = terminal.finish()
    assert code == 2
    assert "shop/views.py changed since the plan was made" in plain(text)
    assert views(shop) == mine
    assert PAID_CALL in (shop / "shop/also.py").read_text()


def test_a_file_cannot_paint_over_the_question(shop: Path) -> None:
    evil = FILES[VIEWS].replace("order.save()", 'order.save()  # \x1b[2J\x1b[H"safe"', 1)
    (shop / VIEWS).write_text(evil, encoding="utf-8")
    commit(shop)
    with on_terminal(shop) as terminal:
        shown = terminal.answer("q\n")
    assert "\x1b[2J" not in shown
    assert "\\x1b[2J" in shown
