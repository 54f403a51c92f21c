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


@pytest.fixture
def ctperfusion():
    """Run the command line in a process of its own; returns the finished process."""

    def call(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    return call
