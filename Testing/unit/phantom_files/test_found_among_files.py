"""The study of every scanner is found among the files of its series, as a DICOM browser lists them."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pydicom
import pytest

from CTPerfusionLib.io import find_perfusion_series, load_dicom_files
from CTPerfusionLib.phantom import SCANNER_SCHEMES, write_phantom


def files_by_series(folder: Path) -> list[tuple[str, ...]]:
    lists = defaultdict(list)
    for path in sorted(folder.rglob("*.dcm")):
        lists[pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID].append(str(path))
    return [tuple(files) for files in lists.values()]


@pytest.mark.parametrize("scanner", SCANNER_SCHEMES)
def test_every_scanner_s_study_is_one_item_with_its_true_times(scanner, a_made_up_phantom, tmp_path):
    series = a_made_up_phantom(scanner).series
    write_phantom(a_made_up_phantom(scanner), tmp_path / "phantom", format="dicom")

    (found,) = find_perfusion_series(files_by_series(tmp_path / "phantom" / "study"))
    loaded = load_dicom_files(found.files)

    assert (found.n_frames, found.n_slices) == (series.n_frames, series.n_slices)
    assert found.has_slice_times == series.has_slice_times
    assert found.interval == pytest.approx(series.interval, abs=1e-3)
    assert found.is_perfusion == (np.ptp(series.slice_times(0)) >= 10.0)
    np.testing.assert_allclose(loaded.times, series.times, atol=1e-3)
    np.testing.assert_array_equal(loaded.voxels, series.voxels)
