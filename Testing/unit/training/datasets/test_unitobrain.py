"""UniToBrain's folders: what is found, where slices belong, what a zero means and what is refused."""

import shutil

import numpy as np
import pytest
from pydicom import dcmread

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.training.datasets import STACK_SCALE, DatasetError, UniToBrainSource

TARGETS = ("CBV", "CBF", "TTP", "MTT")
MAPS = "_Registered_Filtered_3mm_20HU_Maps"
FILTERED = "_Registered_Filtered_3mm_20HU"


@pytest.fixture(scope="module")
def source(unitobrain, settings) -> UniToBrainSource:
    return UniToBrainSource(unitobrain, settings, TARGETS)


@pytest.fixture(scope="module")
def usual(source):
    return source.load("MOL-002")


@pytest.fixture
def one_patient(tmp_path, unitobrain):
    """A copy of MOL-002, filtered, to be changed."""
    for suffix in (FILTERED, MAPS):
        shutil.copytree(unitobrain / f"MOL-002{suffix}", tmp_path / f"MOL-002{suffix}")
    return tmp_path


def hounsfield(patient, settings):
    """Return the HU of a stack, shape (Z, T, Y, X)."""
    low, high = settings.window
    return patient.stack.astype(float) / STACK_SCALE * (high - low) + low


def edit_maps(root, name, change):
    """Change the data sets of a map's files."""
    for path in sorted((root / f"MOL-002{MAPS}" / f"NLR_{name}").iterdir()):
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path, enforce_file_format=True)


def test_patients_with_a_series_and_all_maps_are_found(source):
    assert source.patients == ("MOL-001", "MOL-002", "MOL-010")


def test_one_sentence_says_who_is_left_out_and_why(source):
    assert source.report == (
        "3 of 6 patients are left out (MOL-003: there is no NLR_CBV and no NLR_CBF and no NLR_TTP and no "
        "NLR_MTT; MOL-004: there is no NLR_TTP; SLG-001: there is no filtered series)."
    )


def test_a_patient_lacks_only_the_maps_that_are_asked_for(unitobrain, settings):
    assert "MOL-004" in UniToBrainSource(unitobrain, settings, ["CBF"]).patients


def test_images_lie_in_their_slice_and_frame_though_files_come_in_any_order(usual, a_small_head, settings):
    low, high = settings.window
    expected = np.clip(a_small_head.series.voxels, low, high).transpose(1, 0, 2, 3)

    np.testing.assert_allclose(hounsfield(usual, settings), expected, atol=0.1)


def test_maps_lie_in_the_slices_where_their_positions_are(usual, a_small_head):
    for channel, name in enumerate(TARGETS):
        known = np.isfinite(usual.targets[:, channel])
        np.testing.assert_allclose(
            usual.targets[:, channel][known], a_small_head.truth.maps[name][known], atol=0.01
        )


def test_there_is_no_target_exactly_where_all_maps_are_zero(usual, a_small_head):
    truth = np.stack([np.nan_to_num(values) for values in a_small_head.truth.maps.values()])
    is_clear = (truth == 0).all(axis=0) | (np.abs(truth).max(axis=0) > 0.01)
    mapped = (truth != 0).any(axis=0)

    for channel in range(len(TARGETS)):
        np.testing.assert_array_equal(np.isfinite(usual.targets[:, channel])[is_clear], mapped[is_clear])


def test_a_zero_is_a_value_where_another_map_is_not_zero(one_patient, settings, a_small_head):
    def empty(dataset):
        dataset.PixelData = bytes(len(dataset.PixelData))

    edit_maps(one_patient, "CBF", empty)
    targets = UniToBrainSource(one_patient, settings, ["CBF"]).load("MOL-002").targets[:, 0]

    mapped = a_small_head.truth.maps["CBV"] > 0.1
    assert mapped.any()
    np.testing.assert_array_equal(targets[mapped], 0.0)
    assert np.isnan(targets).any()


def test_slices_of_a_shuttle_scan_keep_their_own_times(source, a_small_head, settings):
    shuttle = source.load("MOL-001")
    hu, own = hounsfield(shuttle, settings), a_small_head.series
    row, column = np.argwhere(shuttle.brain[3])[100]
    for index, delay in ((0, 0.0), (3, 1.25)):
        curve = own.voxels[:, index, row, column]
        expected = np.interp(settings.times, own.times + delay, curve)
        np.testing.assert_allclose(hu[index, :, row, column], expected, atol=0.15)


def test_maps_with_more_slices_than_the_series_give_the_common_ones(source, usual, settings):
    fewer = source.load("MOL-010")

    assert len(fewer.stack) == len(usual.stack) - 1
    np.testing.assert_allclose(fewer.targets, usual.targets[1:], atol=0.02)
    np.testing.assert_allclose(fewer.ijk_to_ras[:3, 3], (usual.ijk_to_ras @ [0, 0, 1, 1])[:3], atol=1e-4)
    assert fewer.context.shape == (6, settings.n_frames)


def test_slices_without_a_map_are_left_out(one_patient, settings, usual):
    position = usual.ijk_to_ras[2, 3]

    def lowest(path):
        return abs(float(dcmread(path).ImagePositionPatient[2]) - position) < 1.0

    for path in (one_patient / f"MOL-002{MAPS}" / "NLR_TTP").iterdir():
        if lowest(path):
            path.unlink()
    cut = UniToBrainSource(one_patient, settings, ["CBF", "TTP"]).load("MOL-002")

    np.testing.assert_array_equal(cut.stack, usual.stack[1:])
    np.testing.assert_array_equal(cut.brain, usual.brain[1:])
    assert cut.ijk_to_ras[2, 3] == pytest.approx(position + 5.0)


@pytest.mark.parametrize("stage", ["raw", "registered"])
def test_what_the_authors_have_not_done_is_done_here(unitobrain, settings, usual, stage):
    patient = UniToBrainSource(unitobrain, settings, TARGETS, stage=stage).load("MOL-002")

    inside = patient.tissue & usual.tissue
    noise = [
        np.diff(each.stack.astype(float), axis=1)[:, :4].std(axis=1)[inside].mean()
        for each in (patient, usual)
    ]
    assert noise[0] < 0.85 * noise[1]
    np.testing.assert_array_equal(patient.targets, usual.targets)


def test_the_brain_is_marked_though_the_maps_are_not_cut_to_it(usual):
    assert usual.brain.sum(axis=(1, 2)).min() > 200
    assert usual.tissue[usual.brain].mean() > 0.5
    assert not (usual.tissue & ~usual.brain).any()


def moved(axis, distance):
    def move(dataset):
        position = list(dataset.ImagePositionPatient)
        position[axis] += distance
        dataset.ImagePositionPatient = position

    return move


def all_at_one_height(dataset):
    dataset.ImagePositionPatient = [*dataset.ImagePositionPatient[:2], -2.5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda dataset: setattr(dataset, "SamplesPerPixel", 3), "colour pictures"),
        (lambda dataset: setattr(dataset, "PixelSpacing", [1.0, 1.0]), "size or number"),
        (lambda dataset: setattr(dataset, "ImageOrientationPatient", [0, 1, 0, 1, 0, 0]), "oriented"),
        (moved(2, 2.0), "2.0 mm off"),
        (moved(0, 4.0), "shifted by 4.0 mm"),
        (moved(2, 5000.0), "No slice of the series is shown by all"),
        (all_at_one_height, "shows slice 2 of the series twice"),
    ],
)
def test_maps_that_lie_elsewhere_or_are_pictures_are_refused(one_patient, settings, change, reason):
    edit_maps(one_patient, "CBF", change)

    with pytest.raises(DatasetError, match=f"Patient MOL-002 cannot be used: .*({reason})"):
        UniToBrainSource(one_patient, settings, ["CBF"]).load("MOL-002")


def test_a_damaged_map_is_refused(one_patient, settings):
    path = next((one_patient / f"MOL-002{MAPS}" / "NLR_CBF").iterdir())
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(DatasetError, match="NLR_CBF"):
        UniToBrainSource(one_patient, settings, ["CBF"]).load("MOL-002")


def test_a_series_without_times_needs_an_interval(a_unitobrain_writer, a_small_head, settings):
    series = a_small_head.series
    place = a_unitobrain_writer.series(f"MOL-005{FILTERED}", "Filtered", series, is_timed=False)
    in_order(place, series)
    a_unitobrain_writer.maps("MOL-005", series, {"CBF": a_small_head.truth.maps["CBF"]})
    root = a_unitobrain_writer.root

    with pytest.raises(DatasetError, match="MOL-005"):
        UniToBrainSource(root, settings, ["CBF"]).load("MOL-005")
    given = UniToBrainSource(root, settings, ["CBF"], frame_interval=2.5).load("MOL-005")
    expected = np.clip(series.voxels, -160, 240).transpose(1, 0, 2, 3)
    np.testing.assert_allclose(hounsfield(given, settings), expected, atol=0.1)


def in_order(place, series):
    """Number the images of a series in the order of time, which is all that is left without times."""
    for path in place.iterdir():
        dataset = dcmread(path)
        hu = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        errors = np.abs(series.voxels - hu).max(axis=(2, 3))
        frame, index = np.unravel_index(errors.argmin(), errors.shape)
        dataset.InstanceNumber = int(frame * series.n_slices + index + 1)
        dataset.save_as(path, enforce_file_format=True)


def test_a_record_that_is_too_short_is_refused_with_the_patient(unitobrain):
    long = InputSettings(n_frames=60, interval=2.5)

    with pytest.raises(DatasetError, match=r"Patient MOL-002 cannot be used: This series lasts 42\.5 s"):
        UniToBrainSource(unitobrain, long, ["CBF"]).load("MOL-002")


def test_folders_of_another_kind_are_refused(tmp_path, settings):
    (tmp_path / "patient 1").mkdir()

    with pytest.raises(DatasetError, match="does not hold patients of UniToBrain"):
        UniToBrainSource(tmp_path, settings, ["CBF"])


def test_a_data_set_of_which_nothing_can_be_used_is_refused(tmp_path, settings):
    (tmp_path / f"MOL-007{FILTERED}").mkdir()

    with pytest.raises(DatasetError, match="MOL-007: there is no filtered series"):
        UniToBrainSource(tmp_path, settings, ["CBF"])


def test_unknown_patients_targets_and_stages_are_refused(source, unitobrain, settings):
    with pytest.raises(DatasetError, match="no patient MOL-999"):
        source.load("MOL-999")
    for wrong in ({"targets": ["Tmax"]}, {"targets": []}, {"targets": "CBF"}, {"targets": ["CBF", "CBF"]}):
        with pytest.raises(ConfigurationError):
            UniToBrainSource(unitobrain, settings, **wrong)
    with pytest.raises(ConfigurationError, match="stage 'smoothed'"):
        UniToBrainSource(unitobrain, settings, ["CBF"], stage="smoothed")


def test_a_changed_file_changes_the_fingerprint(one_patient, settings):
    source = UniToBrainSource(one_patient, settings, ["CBF"])
    before = source.fingerprint("MOL-002")
    assert source.fingerprint("MOL-002") == before

    edit_maps(one_patient, "CBF", lambda dataset: setattr(dataset, "PatientComments", "mended"))
    assert source.fingerprint("MOL-002") != before
