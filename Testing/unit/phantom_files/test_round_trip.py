"""What a phantom writes is what the import reads: voxels, place and times."""

from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.io import load_series
from CTPerfusionLib.phantom import (
    SCANNER_SCHEMES,
    Phantom,
    head_phantom,
    tile_phantom,
    write_phantom,
)
from CTPerfusionLib.series import PerfusionSeries, TimeSource

TIME_SOURCES = {
    "ge-cine": TimeSource.ACQUISITION_TIME,
    "ge-shuttle": TimeSource.ACQUISITION_TIME,
    "siemens-shuttle": TimeSource.ACQUISITION_DATETIME,
    "toshiba": TimeSource.ACQUISITION_TIME,
}


def reloaded(phantom: Phantom, folder: Path, study_format: str) -> PerfusionSeries:
    write_phantom(phantom, folder, format=study_format)
    return load_series(folder / "study")


def assert_same_scan(loaded: PerfusionSeries, original: PerfusionSeries, tolerance: float) -> None:
    np.testing.assert_allclose(loaded.voxels, original.voxels, atol=tolerance, rtol=0)
    np.testing.assert_allclose(loaded.ijk_to_ras, original.ijk_to_ras, atol=1e-4)
    np.testing.assert_allclose(loaded.times, original.times, atol=1e-3)


@pytest.fixture(params=SCANNER_SCHEMES, scope="module")
def a_reloaded_study(request, tmp_path_factory, a_made_up_phantom) -> tuple[Phantom, PerfusionSeries]:
    phantom = a_made_up_phantom(request.param)
    return phantom, reloaded(phantom, tmp_path_factory.mktemp("study") / "phantom", "dicom")


def test_every_scanner_s_dicom_study_is_read_back_as_it_was_simulated(a_reloaded_study):
    phantom, loaded = a_reloaded_study

    assert_same_scan(loaded, phantom.series, tolerance=0.0)
    assert loaded.findings == ()


def test_every_scanner_s_times_come_from_the_attribute_that_it_writes(a_reloaded_study):
    phantom, loaded = a_reloaded_study

    assert loaded.time_source == TIME_SOURCES[phantom.scanner]


def test_every_scanner_is_named_with_its_tube_voltage(a_reloaded_study):
    phantom, loaded = a_reloaded_study
    read, simulated = loaded.metadata, phantom.series.metadata

    assert (read.manufacturer, read.model, read.kvp) == (
        simulated.manufacturer, simulated.model, simulated.kvp
    )  # fmt: skip


@pytest.mark.parametrize("scanner", SCANNER_SCHEMES)
def test_every_scanner_s_nifti_study_is_read_back_as_it_was_simulated(tmp_path, a_made_up_phantom, scanner):
    phantom = a_made_up_phantom(scanner)

    loaded = reloaded(phantom, tmp_path / "phantom", "nifti")

    assert_same_scan(loaded, phantom.series, tolerance=0.0)


def test_a_head_comes_back_from_its_dicom_study(tmp_path):
    phantom = head_phantom(size="tiny", scanner="ge-shuttle", seed=3)

    loaded = reloaded(phantom, tmp_path / "phantom", "dicom")

    assert_same_scan(loaded, phantom.series, tolerance=0.0)
    assert loaded.findings == ()


@pytest.mark.parametrize(("study_format", "tolerance"), [("dicom", 0.051), ("nifti", 0.0)])
def test_tiles_come_back_to_a_twentieth_of_a_hounsfield_unit(tmp_path, study_format, tolerance):
    phantom = tile_phantom(n_frames=12, interval=4.0)

    loaded = reloaded(phantom, tmp_path / "phantom", study_format)

    assert_same_scan(loaded, phantom.series, tolerance)
