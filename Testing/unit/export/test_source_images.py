"""Which DICOM images a series remembers as its sources."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread

from CTPerfusionLib.io import find_source_images, load_series, write_nifti_series

VARIANTS = {
    "single images": {},
    "multi-frame files": {"multi_frame": True},
    "a table that moves": {"slice_delay": 0.3},
    "an incomplete first frame": {"missing": ((0, 2),)},
    "a missing image": {"n_frames": 12, "missing": ((5, 1),)},
}


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS.keys())
def variant(request, small_study, loaded):
    return loaded(small_study(**request.param))


def hounsfield(image):
    """Return the HU of a source image, read by pydicom alone."""
    stored = dcmread(image.file.path).pixel_array
    return (stored if image.frame_number is None else stored[image.frame_number - 1]).astype(int) - 1024


def test_every_frame_and_slice_names_the_image_that_it_was_read_from(variant):
    known = [cell for cell in np.ndindex(variant.sources.shape) if variant.sources.image(*cell) is not None]

    assert variant.sources.shape == variant.voxels.shape[:2]
    assert len(known) >= variant.n_frames * variant.n_slices - 1
    assert all(
        np.array_equal(hounsfield(variant.sources.image(*cell)), variant.voxels[cell]) for cell in known
    )


def test_identifiers_are_those_of_the_files(variant):
    for file in variant.sources.files:
        dataset = dcmread(file.path, stop_before_pixels=True)
        assert file[1:] == (dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.SeriesInstanceUID)


def test_an_image_that_was_missing_has_no_source_but_a_nearest_one(small_study, loaded):
    sources = loaded(small_study(n_frames=12, missing=((5, 1),))).sources

    assert sources.image(5, 1) is None
    assert sources.nearest_image(5, 1) in (sources.image(4, 1), sources.image(6, 1))
    assert sources.nearest_image(5, 2) == sources.image(5, 2)


def test_other_voxels_keep_the_sources_and_some_frames_keep_theirs(series):
    used = np.arange(series.n_frames) % 3 != 1

    part = series.with_frames(used)

    assert series.with_voxels(series.voxels + 1).sources is series.sources
    assert part.sources.shape == part.voxels.shape[:2]
    assert [part.sources.image(frame, 2) for frame in range(part.n_frames)] == [
        series.sources.image(int(frame), 2) for frame in np.flatnonzero(used)
    ]


@pytest.mark.parametrize("all_used", [True, False])
def test_other_voxels_of_some_frames_come_with_the_times_and_sources_of_these_frames(series, all_used):
    used = np.full(series.n_frames, True)
    used[3] = all_used
    voxels = series.voxels[used] + 1

    part = series.with_frames(used, voxels)

    assert part.voxels is voxels
    assert np.array_equal(part.times, series.times[used])
    assert part.sources.shape == part.voxels.shape[:2]


def test_sources_of_other_frames_are_refused(series):
    with pytest.raises(ValueError, match="sources must be of 9 frames and 4 slices, got"):
        replace(series, voxels=series.voxels[1:], times=series.times[1:])


def test_sources_can_be_found_from_headers_alone(variant):
    files = [file.path for file in variant.sources.files]

    found = find_source_images(files)

    assert [found.image(*cell) for cell in np.ndindex(found.shape)] == [
        variant.sources.image(*cell) for cell in np.ndindex(variant.sources.shape)
    ]


def test_sources_stay_small_and_can_be_pickled(series):
    packed = pickle.dumps(series.sources)
    again = pickle.loads(packed)  # noqa: S301 - what was packed one line above

    per_image = len(packed) / (series.n_frames * series.n_slices)
    assert again.image(3, 1) == series.sources.image(3, 1)
    assert per_image < 1000, f"{per_image:.0f} bytes per image"


def test_printing_a_series_or_its_sources_tells_no_path_and_no_identifier(series):
    shown = repr(series) + repr(series.sources) + str(series.sources)

    file = series.sources.files[0]
    assert file.path not in shown
    assert file.sop_instance_uid not in shown
    assert "10 frames of 4 slices" in shown


def test_a_series_of_another_format_has_no_sources(series, tmp_path):
    write_nifti_series(tmp_path, series)

    assert load_series(tmp_path).sources is None
