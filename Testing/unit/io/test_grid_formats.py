"""NIfTI, times files and Slicer sequences."""

import nibabel
import nrrd
import numpy as np
import pytest
import SimpleITK as sitk

from CTPerfusionLib.io import SeriesError, load_series, read_nifti, read_times, write_nifti, write_times
from CTPerfusionLib.series import TimeSource

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.fixture
def voxels():
    t, z, y, x = np.ogrid[:10, :3, :4, :5]
    return (50 * t + 10 * z + 3 * y + x - 100).astype(np.int16)


@pytest.fixture
def oblique():
    angle = 0.3
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(
        [[-1, 0, 0], [0, -np.cos(angle), np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    ) * [0.5, 0.6, 5.0]
    matrix[:3, 3] = [90.0, 110.0, -20.0]
    return matrix


@pytest.mark.parametrize("kind", [np.float32, np.uint8, np.int16, np.bool_])
@pytest.mark.parametrize("shape", [(3, 4, 5), (10, 3, 4, 5)])
def test_nifti_comes_back_as_written(tmp_path, oblique, kind, shape):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    write_nifti(tmp_path / "a.nii.gz", array, oblique)
    read, matrix = read_nifti(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(read, array)
    assert read.dtype == (np.uint8 if kind is np.bool_ else kind)
    np.testing.assert_allclose(matrix, oblique, atol=1e-5)


@pytest.mark.parametrize(
    "damage", ["a changed byte", "zeros", "cut in the middle", "cut before the checksum"]
)
def test_a_damaged_compressed_nifti_is_never_taken_for_measured(tmp_path, damage):
    path = tmp_path / "a.nii.gz"
    array = np.random.default_rng(0).integers(-100, 100, (10, 8, 64, 64)).astype(np.int16)
    write_nifti(path, array, np.eye(4))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == "a changed byte":
        content[middle] ^= 1
    elif damage == "zeros":
        content[middle : middle + 4096] = bytes(4096)
    else:
        del content[middle if damage == "cut in the middle" else -8 :]
    path.write_bytes(content)

    with pytest.raises(SeriesError, match=r"a\.nii\.gz cannot be read"):
        read_nifti(path)


def test_nan_outside_the_brain_survives_nifti(tmp_path):
    array = np.full((3, 4, 5), np.nan, dtype=np.float32)
    array[1, 2, 3] = 42.5
    write_nifti(tmp_path / "a.nii.gz", array, np.eye(4))
    np.testing.assert_array_equal(read_nifti(tmp_path / "a.nii.gz")[0], array)


def test_nifti_says_what_it_holds_to_nibabel_and_itk(tmp_path):
    array = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    description = "Tmax, centre of impulse response (delay + MTT/2), s; method nlr"
    write_nifti(tmp_path / "a.nii.gz", array, np.eye(4), name="Tmax (centre)", description=description)

    header = nibabel.load(tmp_path / "a.nii.gz").header
    assert header["descrip"].item().decode() == description
    assert header.get_intent() == ("estimate", (), "Tmax (centre)")
    image = sitk.ReadImage(tmp_path / "a.nii.gz")
    assert image.GetMetaData("descrip") == description
    assert image.GetMetaData("intent_name") == "Tmax (centre)"
    assert image.GetNumberOfComponentsPerPixel() == 1
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), array)


@pytest.mark.parametrize(
    "label",
    [{"name": "x" * 16}, {"description": "x" * 80}, {"name": "µ"}, {"description": "mL/100 g – per minute"}],
)
def test_a_label_that_the_header_would_cut_or_garble_is_refused(tmp_path, label):
    with pytest.raises(ValueError, match=f"{next(iter(label))} has to be ASCII"):
        write_nifti(tmp_path / "a.nii", np.zeros((2, 2, 2), dtype=np.float32), np.eye(4), **label)
    assert not list(tmp_path.iterdir())


def test_the_longest_labels_come_back_whole(tmp_path):
    array = np.zeros((2, 2, 2), dtype=np.float32)
    write_nifti(tmp_path / "a.nii", array, np.eye(4), name="n" * 15, description="d" * 79)
    header = nibabel.load(tmp_path / "a.nii").header
    assert (header["descrip"].item(), header["intent_name"].item()) == (b"d" * 79, b"n" * 15)


def test_nifti_places_voxels_by_its_own_standard(tmp_path, oblique):
    array = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
    write_nifti(tmp_path / "a.nii", array, oblique)
    image = sitk.ReadImage(tmp_path / "a.nii")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), array)
    point = image.TransformIndexToPhysicalPoint((4, 3, 2))
    np.testing.assert_allclose(RAS_TO_LPS @ [*point, 1], oblique @ [4, 3, 2, 1], atol=1e-4)


def test_a_nifti_without_orientation_is_reported(tmp_path, voxels):
    image = nibabel.Nifti1Image(voxels.T, None)
    image.header["qform_code"] = image.header["sform_code"] = 0
    image.to_filename(tmp_path / "a.nii")
    series = load_series(tmp_path / "a.nii", frame_interval=1.0)
    assert "orientation_unknown" in [finding.code for finding in series.findings]


def test_a_sheared_nifti_is_refused(tmp_path, voxels):
    matrix = np.diag([0.5, 0.5, 5.0, 1.0])
    matrix[1, 2] = 5.0 * np.tan(np.radians(15))
    nibabel.Nifti1Image(voxels.T, matrix).to_filename(tmp_path / "a.nii")
    with pytest.raises(SeriesError, match=r"sheared by 15\.0 degrees, as a tilted gantry leaves it"):
        load_series(tmp_path / "a.nii", frame_interval=1.0)


def test_scale_slope_and_intercept_of_nifti_are_applied(tmp_path, voxels):
    image = nibabel.Nifti1Image(voxels.T, np.diag([-1.0, 1, 1, 1]))
    image.header.set_slope_inter(0.5, -10)
    image.to_filename(tmp_path / "a.nii")
    series = load_series(tmp_path / "a.nii", frame_interval=1.0)
    np.testing.assert_allclose(series.voxels, 0.5 * voxels - 10, atol=1e-3)


def test_a_4d_nifti_with_an_interval_is_a_series(tmp_path, voxels, oblique):
    write_nifti(tmp_path / "a.nii.gz", voxels, oblique)
    series = load_series(tmp_path / "a.nii.gz", frame_interval=2.0)
    np.testing.assert_array_equal(series.voxels, voxels)
    np.testing.assert_allclose(series.ijk_to_ras, oblique, atol=1e-5)
    np.testing.assert_allclose(series.times, np.arange(10) * 2.0)
    assert series.time_source is TimeSource.USER_INTERVAL
    assert len(series.metadata.input_sha256) == 64


@pytest.mark.parametrize("per_slice", [False, True])
def test_a_times_file_beside_the_nifti_is_used(tmp_path, voxels, per_slice):
    times = np.arange(10) * 1.7
    if per_slice:
        times = times[:, None] + np.array([0, 0.2, 0.4])
    write_nifti(tmp_path / "series.nii.gz", voxels, np.eye(4))
    write_nifti(tmp_path / "mask.nii.gz", voxels[0], np.eye(4))
    write_times(tmp_path / "times.csv", times)
    for path in (tmp_path, tmp_path / "series.nii.gz"):
        series = load_series(path)
        np.testing.assert_allclose(series.times, times, atol=1e-6)
        assert series.time_source is TimeSource.TIMES_FILE


def test_the_time_step_of_a_nifti_header_is_never_used_silently(tmp_path, voxels):
    write_nifti(tmp_path / "a.nii", voxels, np.eye(4))
    with pytest.raises(
        SeriesError, match=r"header states a step of 1\), .* no times.csv beside it; give .* --interval"
    ):
        load_series(tmp_path / "a.nii")


def test_padding_and_nan_of_nifti_become_air(tmp_path, voxels):
    array = voxels.astype(np.float32)
    array[:, 0, 0, 0], array[:, 0, 0, 1] = np.nan, -3024
    write_nifti(tmp_path / "a.nii", array, np.eye(4))
    series = load_series(tmp_path / "a.nii", frame_interval=1.0)
    assert np.all(series.voxels[:, 0, 0, :2] == -1024)


def test_two_4d_niftis_in_a_folder_are_refused(tmp_path, voxels):
    for name in ("a.nii", "b.nii"):
        write_nifti(tmp_path / name, voxels, np.eye(4))
    with pytest.raises(SeriesError, match="holds 2 4D NIfTI files; give the path of one of them"):
        load_series(tmp_path, frame_interval=1.0)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda v: v[0], "holds a single volume"),
        (lambda v: v[:7], "has 7 frames, and a perfusion scan has at least 8"),
        (np.zeros_like, "All images are constant"),
    ],
)
def test_niftis_that_are_no_perfusion_scan_are_refused(tmp_path, voxels, make, reason):
    write_nifti(tmp_path / "a.nii.gz", make(voxels), np.eye(4))
    with pytest.raises(SeriesError, match=reason):
        load_series(tmp_path / "a.nii.gz", frame_interval=1.0)


@pytest.mark.parametrize("content", [b"", b"not a nifti", bytes(400)])
def test_a_damaged_nifti_is_refused(tmp_path, content):
    (tmp_path / "a.nii.gz").write_bytes(content)
    with pytest.raises(SeriesError, match=r"a\.nii\.gz cannot be read"):
        load_series(tmp_path / "a.nii.gz", frame_interval=1.0)


def test_a_truncated_nifti_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 1000, (10, 3, 40, 50)).astype(np.int16)
    write_nifti(tmp_path / "a.nii.gz", noise, np.eye(4))
    path = tmp_path / "a.nii.gz"
    path.write_bytes(path.read_bytes()[:-20000])
    with pytest.raises(SeriesError, match=r"a\.nii\.gz cannot be read"):
        load_series(path, frame_interval=1.0)


def test_an_unknown_format_is_refused_by_what_would_do(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"x")
    with pytest.raises(SeriesError, match=r"none of the formats .* give a folder of DICOM files, a 4D NIfTI"):
        load_series(tmp_path / "a.mat")


@pytest.mark.parametrize("shape", [(5,), (5, 3)])
def test_times_files_come_back_as_written(tmp_path, shape):
    times = np.random.default_rng(0).uniform(0, 60, shape)
    write_times(tmp_path / "times.csv", times)
    np.testing.assert_allclose(read_times(tmp_path / "times.csv"), times, atol=1e-6)
    columns = (tmp_path / "times.csv").read_text().splitlines()[0]
    assert columns == ("frame,time_s" if len(shape) == 1 else "frame,slice,time_s")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a times file; give a CSV file with the columns"),
        ("0\n1.5\n3\n", "is not a times file"),
        ("frame,time_s\n0,zero\n", "is not a times file"),
        ("frame,time_s\n0,0\n2,3\n", "exactly one time for each frame"),
        ("frame,time_s\n0,0\n0,3\n", "exactly one time for each frame"),
        ("frame,time_s\n-1,0\n0,3\n", "exactly one time for each frame"),
        ("frame,time_s\n0,0\n999999999999,3\n", "exactly one time for each frame"),
        ("frame,slice,time_s\n0,0,0\n1,0,1\n0,1,0\n", "exactly one time for each frame and slice"),
        ("frame,time_s\n0,0\n1,inf\n", "exactly one time for each frame"),
    ],
)
def test_what_is_no_times_file_is_refused(tmp_path, text, reason):
    (tmp_path / "times.csv").write_text(text)
    with pytest.raises(SeriesError, match=reason):
        read_times(tmp_path / "times.csv")


def write_sequence(
    path, voxels, ijk_to_ras, *, list_first=False, unit="s", values=None, space="lps", **extra
):
    """Write a sequence as Slicer does, with the list axis last (5.x) or first (as documented)."""
    to_space = RAS_TO_LPS if space == "lps" else np.eye(4)
    matrix = to_space @ ijk_to_ras
    directions = [matrix[:3, column].tolist() for column in range(3)]
    nothing = [np.nan] * 3
    axis = 0 if list_first else 3
    data = voxels.transpose(3, 2, 1, 0)
    directions.insert(axis, nothing)
    kinds, labels, units = ["domain"] * 3, [""] * 3, [""] * 3
    kinds.insert(axis, "list")
    labels.insert(axis, "time")
    units.insert(axis, unit)
    values = [f"{1.5 * frame:.3f}" for frame in range(len(voxels))] if values is None else values
    header = {
        "space": "left-posterior-superior" if space == "lps" else "right-anterior-superior",
        "space directions": np.array(directions),
        "space origin": matrix[:3, 3],
        "kinds": kinds,
        "labels": labels,
        "units": units,
        "DataNodeClassName": "vtkMRMLScalarVolumeNode",
        f"axis {axis} index type": "numeric",
        f"axis {axis} index values": " ".join(values),
        **extra,
    }
    nrrd.write(str(path), np.moveaxis(data, 3, 0) if list_first else data, header)


@pytest.mark.parametrize("list_first", [False, True])
@pytest.mark.parametrize("space", ["lps", "ras"])
def test_a_slicer_sequence_in_seconds_is_a_series(tmp_path, voxels, oblique, list_first, space):
    path = tmp_path / "a.seq.nrrd"
    write_sequence(path, voxels, oblique, list_first=list_first, space=space)
    series = load_series(path)
    np.testing.assert_array_equal(series.voxels, voxels)
    np.testing.assert_allclose(series.ijk_to_ras, oblique, atol=1e-9)
    np.testing.assert_allclose(series.times, np.arange(10) * 1.5)
    assert series.time_source is TimeSource.SEQUENCE_INDEX


def test_a_sequence_in_milliseconds_becomes_seconds(tmp_path, voxels):
    values = [str(1500 * frame) for frame in range(10)]
    write_sequence(tmp_path / "a.seq.nrrd", voxels, np.eye(4), unit="ms", values=values)
    np.testing.assert_allclose(load_series(tmp_path / "a.seq.nrrd").times, np.arange(10) * 1.5)


def test_frame_numbers_without_unit_are_not_taken_for_seconds(tmp_path, voxels):
    values = [str(frame) for frame in range(10)]
    write_sequence(tmp_path / "a.seq.nrrd", voxels, np.eye(4), unit="", values=values)
    with pytest.raises(
        SeriesError, match=r"not time in a known unit \(named 'time' with unit 'none'\); give .* --int"
    ):
        load_series(tmp_path / "a.seq.nrrd")
    series = load_series(tmp_path / "a.seq.nrrd", frame_interval=1.5)
    np.testing.assert_allclose(series.times, np.arange(10) * 1.5)


def test_a_sequence_that_slicer_made_from_dicom_takes_its_frame_labels(tmp_path, voxels):
    labels = {
        "MultiVolume.FrameLabels": ",".join(str(1500 * frame) for frame in range(10)),
        "MultiVolume.FrameIdentifyingDICOMTagUnits": "ms",
    }
    values = [str(frame) for frame in range(10)]
    write_sequence(tmp_path / "a.seq.nrrd", voxels, np.eye(4), unit="", values=values, **labels)

    series = load_series(tmp_path / "a.seq.nrrd")

    np.testing.assert_allclose(series.times, np.arange(10) * 1.5)
    assert series.time_source is TimeSource.FRAME_LABELS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"space": "scanner-xyz"}, "does not say where its voxels are"),
        ({"kinds": ["domain"] * 4}, "is not a sequence of volumes"),
    ],
)
def test_sequences_that_do_not_say_enough_are_refused(tmp_path, voxels, change, reason):
    write_sequence(tmp_path / "a.seq.nrrd", voxels, np.eye(4))
    data, header = nrrd.read(str(tmp_path / "a.seq.nrrd"))
    nrrd.write(str(tmp_path / "a.seq.nrrd"), data, {**header, **change})
    with pytest.raises(SeriesError, match=reason):
        load_series(tmp_path / "a.seq.nrrd")


def test_a_damaged_sequence_is_refused(tmp_path):
    (tmp_path / "a.seq.nrrd").write_bytes(b"NRRD0004\n")
    with pytest.raises(SeriesError, match=r"a\.seq\.nrrd cannot be read"):
        load_series(tmp_path / "a.seq.nrrd")
