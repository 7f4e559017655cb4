"""The tool and its peers: versions, environments and command lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from measure import Command
from trees import Site

RULES = Path(__file__).resolve().parent / "peers"

# Each in an environment of its own, so that none decides another's dependencies.
PINNED = {
    "ast-grep-cli": "0.51.1",
    "ruff": "0.17.5",
    "semgrep": "1.182.0",
    "fixit": "2.2.1",
    "libcst": "1.9.0",
}

# Names under which results are found again.
CHECK = "pusher-migrate check"
CHECK_WARM = "pusher-migrate check, cached"
MIGRATE = "pusher-migrate migrate --diff"
INVENTORY = "pusher-migrate inventory"
INVENTORY_WARM = "pusher-migrate inventory, cached"
SCAN = "ast-grep scan"
REPLACE = "ast-grep run -r"
RUFF = "ruff banned-api"
SEMGREP = "semgrep"
SEMGREP_FIX = "semgrep autofix, dry run"
FIXIT = "fixit lint"
LIBCST = "LibCST codemod, naive"
LIBCST_QUALIFIED = "LibCST codemod, qualified names"

GROUPS = ("check-file", "check", "no-match", "migrate", "inventory")


def install(work: Path) -> dict[str, Path]:
    """Make the missing environments; package to its scripts directory."""
    scripts = {}
    for package, version in PINNED.items():
        home = work / "venvs" / f"{package}-{version}"
        scripts[package] = home / "bin"
        done = home / "installed"
        if done.exists():
            continue
        print(f"installing {package} {version}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-qq"]
        subprocess.run([*pip, f"{package}=={version}"], check=True)
        done.touch()
    return scripts


def tool_command() -> tuple[str, ...]:
    """The console script next to this Python, or the module where there is none."""
    script = Path(sys.executable).parent / "pusher-migrate"
    return (str(script),) if script.exists() else (sys.executable, "-m", "pusher_migrate")


def _peer_environment(work: Path) -> dict[str, str]:
    """Keeps peers off the network and their files out of the home directory."""
    return {
        "PYTHONPATH": str(RULES),
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SETTINGS_FILE": str(work / "semgrep-settings.yml"),
        "SEMGREP_LOG_FILE": str(work / "semgrep.log"),
    }


def commands_for(
    site: Site, work: Path, scripts: dict[str, Path], every_peer: bool
) -> list[Command]:
    """All command lines for one tree, in the order in which they take turns.

    Args:
        site: The tree, and what is to be looked at in it.
        work: Where environments and settings are.
        scripts: From ``install``.
        every_peer: Also those that take minutes on a large tree and that no bar is about.
    """
    root, target = site.root, site.target
    groups: tuple[str, ...]
    if site.name == "one file":
        groups = ("check-file",)
    elif site.name == "no match":
        groups = ("no-match",)
    else:
        groups = ("check",)
    whole = groups == ("check",)
    environment = _peer_environment(work)
    tool = tool_command()
    jobs = str(os.cpu_count() or 1)

    def ours(name: str, group: tuple[str, ...], *argv: str, counted: str = "") -> Command:
        # Compiled once, as pip leaves what it installs, the peers among it.
        compiled = {"PYTHONDONTWRITEBYTECODE": ""}
        line = (*tool, *argv, target)
        return Command(name, site.name, line, root, group, (0, 1), counted, compiled)

    def peer(
        name: str, group: tuple[str, ...], package: str, *argv: str, counted: str, code: int = 0
    ) -> Command:
        program = str(scripts[package] / argv[0])
        line = (program, *argv[1:])
        return Command(name, site.name, line, root, group, (0, code), counted, environment)

    semgrep = (
        "semgrep",
        "scan",
        "--metrics",
        "off",
        "--disable-version-check",
        "--quiet",
        "--json",
    )
    found = [
        ours(CHECK, groups, "check", "--no-cache", counted=r": PM1\d\d "),
        ours(CHECK_WARM, groups, "check", counted=r": PM1\d\d "),
        peer(
            SCAN,
            (*groups, "inventory") if whole else groups,
            "ast-grep-cli",
            *("ast-grep", "scan", "--rule", str(RULES / "ast-grep.yml"), target),
            counted=r"^warning\[",
        ),
        peer(
            RUFF,
            groups,
            "ruff",
            *("ruff", "check", "--no-cache", "--config", str(RULES / "ruff.toml")),
            *("--output-format", "concise", target),
            counted=r" TID251 ",
            code=1,
        ),
    ]
    if site.name != "no match" or every_peer:
        found.append(
            peer(
                SEMGREP,
                groups,
                "semgrep",
                *(*semgrep, "--config", str(RULES / "semgrep.yml"), target),
                counted=r'"check_id"',
            )
        )
    if site.name in ("one file", "1x") or every_peer:
        found.append(
            peer(
                FIXIT,
                groups,
                "fixit",
                *("fixit", "--rules", "pusher_rule", "lint", target),
                counted=r" PusherTrigger: ",
                code=1,
            )
        )

    def libcst(name: str, codemod: str) -> Command:
        return peer(
            name,
            groups if site.name == "one file" else ("migrate",),
            "libcst",
            *("python", "-m", "libcst.tool", "codemod", "-x", f"pusher_codemod.{codemod}", target),
            *("-j", jobs, "-u", "3", "--hide-progress", "--no-format"),
            counted=r"^\+.*notification_manager\.send",
        )

    if site.name != "no match" or every_peer:
        found.append(libcst(LIBCST, "Naive"))
    if not whole:
        return found
    if site.name == "1x" or every_peer:
        found.append(libcst(LIBCST_QUALIFIED, "Qualified"))
    found += [
        ours(
            MIGRATE,
            ("migrate",),
            "migrate",
            "--diff",
            "--no-cache",
            counted=r"^\+.*\brealtime_\w+\(",
        ),
        peer(
            REPLACE,
            ("migrate",),
            "ast-grep-cli",
            *("ast-grep", "run", "-l", "py", "-p", "pusher_client.trigger($$$A)"),
            *("-r", "notification_manager.send($$$A)", target),
            counted=r"│\+.*notification_manager\.send",
        ),
        peer(
            SEMGREP_FIX,
            ("migrate",),
            "semgrep",
            *(
                *semgrep,
                "--config",
                str(RULES / "semgrep-fix.yml"),
                "--autofix",
                "--dryrun",
                target,
            ),
            counted=r'"check_id"',
        ),
        ours(INVENTORY, ("inventory",), "inventory", "--no-cache"),
        ours(INVENTORY_WARM, ("inventory",), "inventory"),
    ]
    return found
