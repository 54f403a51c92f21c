"""Which state of the code a table was made with."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The root of the repository."""


def commit() -> str:
    """Return the name of the commit that is checked out, marked where files differ from it.

    Tables in docs do not count: they are what is being made.
    """
    name = _git("describe", "--always", "--abbrev=10")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return f"{name}-dirty" if changed else name


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
