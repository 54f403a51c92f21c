"""The command line in a process of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = (sys.executable, "-m", "CTPerfusionLib.cli")


@pytest.fixture(scope="session")
def ctperfusion():
    """Runs ``ctperfusion`` and returns it finished."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)  # noqa: S603

    return run


@pytest.fixture(scope="session")
def interrupted():
    """Runs ``ctperfusion``, sends SIGINT once it reports progress, returns its exit code and stderr."""

    def run(*arguments: object, folder: Path) -> tuple[int, str]:
        process = subprocess.Popen(  # noqa: S603
            [*COMMAND, *map(str, arguments)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)
        return process.returncode, rest

    return run
