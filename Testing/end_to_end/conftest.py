"""One tiny head study and its result, made once and read by many tests."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from CTPerfusionLib.phantom import Phantom, head_phantom, write_phantom
from CTPerfusionLib.pipeline import RunResult, run_study


@pytest.fixture(scope="session")
def tiny_phantom() -> Phantom:
    return head_phantom(seed=31, size="tiny")


@pytest.fixture(scope="session")
def tiny_folder(tiny_phantom, tmp_path_factory) -> Path:
    """The phantom written as a DICOM study with its truth."""
    folder = tmp_path_factory.mktemp("tiny") / "phantom"
    write_phantom(tiny_phantom, folder, format="dicom")
    return folder


@pytest.fixture(scope="session")
def tiny_result(tiny_folder, tmp_path_factory) -> RunResult:
    return run_study(tiny_folder / "study", tmp_path_factory.mktemp("result") / "out")


@pytest.fixture
def study_copy(tiny_folder, tmp_path) -> Path:
    """A copy of the DICOM study that a test may damage."""
    return Path(shutil.copytree(tiny_folder / "study", tmp_path / "study"))


def run_command_line(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``ctperfusion`` in a process of its own and return it finished."""
    command = [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="session")
def ctperfusion():
    return run_command_line
