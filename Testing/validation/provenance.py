"""Which state of the code a table was made with."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The root of the repository."""


def commit() -> str:
    """Return the name of the commit that is checked out, marked where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
