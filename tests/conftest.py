"""What every test needs: no dependence on this machine's git, terminal or speed."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Hypothesis's default deadline would fail a test for being slow on a busy machine; no test here
# asserts on wall time. In CI the examples are the same on every run, so that a red run can be run
# again; elsewhere they vary and find more.
settings.register_profile("default", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("light", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Register the project's marker (``--strict-markers`` refuses unknown ones)."""
    config.addinivalue_line(
        "markers",
        "slow: builds a package, starts a server or takes seconds; CI runs it on one Python only",
    )


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real git repositories and subprocesses behave alike whatever the user's configuration says.

    A signing key, a commit template, ``safe.directory`` or ``FORCE_COLOR`` of the user must not
    decide whether a test passes. Subprocesses inherit this environment.
    """
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.invalid")
    # Set by git itself while a hook runs the tests; they would point at the wrong repository.
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-golden`` writes the ``after`` side of the selected golden cases anew."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden cases selected by -k anew, then fail, so that the diff is read",
    )


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Regenerating is deliberate: never in CI, never for all cases at once."""
    if config.getoption("--update-golden"):
        if "CI" in os.environ:
            raise pytest.UsageError("--update-golden is refused in CI")
        selected = config.getoption("-k") or any("::" in argument for argument in config.args)
        if not selected:
            raise pytest.UsageError("--update-golden needs a selection: -k CASE")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden cases are to be written anew."""
    return bool(request.config.getoption("--update-golden"))
