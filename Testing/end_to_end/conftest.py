"""One tiny head study and its result, made once and read by many tests."""

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from CTPerfusionLib.io import write_nifti
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom, write_phantom
from CTPerfusionLib.phantom.dicom_writer import write_dicom_study
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
def thin_study(tiny_phantom, tmp_path_factory) -> Path:
    """Three slices of the phantom as a DICOM study, for tests that only need its files to be a study."""
    folder = tmp_path_factory.mktemp("thin") / "study"
    folder.mkdir()
    series = tiny_phantom.series
    slab = replace(series, voxels=np.ascontiguousarray(series.voxels[:, 2:5]))
    write_dicom_study(replace(tiny_phantom, series=slab), folder)
    return folder


@pytest.fixture(scope="session")
def tiny_result(tiny_folder, tmp_path_factory) -> RunResult:
    return run_study(tiny_folder / "study", tmp_path_factory.mktemp("result") / "out")


def run_command_line(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``ctperfusion`` in a process of its own and return it finished."""
    command = [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="session")
def ctperfusion():
    return run_command_line


@pytest.fixture(scope="session")
def head() -> Phantom:
    """Six slices with an occlusion of the M1 and without motion."""
    scanner = replace(SCANNER_SCHEMES["siemens-shuttle"], n_slices=6)
    return head_phantom(seed=301, scanner=scanner, size="tiny", motion="none", core_ml=30.0)


@pytest.fixture(scope="session")
def frames(head) -> NDArray[np.int16]:
    """The scan resampled to one frame each second, all slices at once, as the challenges give theirs."""
    series, times = head.series, np.arange(45)
    resampled = np.empty((len(times), *series.shape), np.int16)
    for index in range(series.n_slices):
        own = series.slice_times(index)
        later = np.searchsorted(own, times).clip(1, len(own) - 1)
        share = ((times - own[later - 1]) / (own[later] - own[later - 1])).clip(0, 1)[:, None, None]
        voxels = series.voxels[:, index].astype(float)
        resampled[:, index] = np.rint(voxels[later - 1] * (1 - share) + voxels[later] * share)
    return resampled


@pytest.fixture(scope="session")
def write_isles2018() -> Callable[..., None]:
    """Give a function that writes a scan (T, Z, Y, X) and its maps (Z, Y, X) as a case of ISLES 2018."""

    def write(
        root: Path,
        number: int,
        frames: NDArray[np.int16],
        maps: Mapping[str, NDArray[np.float32]],
        grid: NDArray[np.float64],
        map_grid: NDArray[np.float64],
    ) -> None:
        for offset, (kind, values) in enumerate({"CT_4DPWI": frames, **maps}.items()):
            name = f"SMIR.Brain.XX.O.{kind}.{100 * number + offset}"
            place = root / "TRAINING" / f"case_{number}" / name
            place.mkdir(parents=True)
            write_nifti(place / f"{name}.nii", values, grid if kind == "CT_4DPWI" else map_grid)

    return write


@pytest.fixture(scope="session")
def interrupted() -> Callable[..., tuple[int, str]]:
    """Give a function that sends Ctrl-C to a command once its first line says something."""

    def interrupt(*arguments: object, folder: Path, first: str) -> tuple[int, str]:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        assert first in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        # Waits for the workers as well, which share the pipe: on a crowded machine some are still starting.
        _, said = process.communicate(timeout=240)
        return process.returncode, said

    return interrupt
