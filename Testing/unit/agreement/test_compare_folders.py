"""Two folders of maps and segments: voxels, overlap and volumes, and what is left out and why."""

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.io import lesion_segments, write_nifti, write_segmentation
from CTPerfusionLib.statistics import concordance, dice, pearson_correlation
from CTPerfusionLib.validation.agreement import agreement_record, agreement_report, compare_folders
from CTPerfusionLib.validation.evaluation_files import report_text

SHAPE = (2, 10, 10)
GEOMETRY = np.diag([-1.0, -1.0, 5.0, 1.0])
VOXEL_ML = 0.005


def flow(seed):
    return np.random.default_rng(seed).gamma(4.0, 10.0, SHAPE).astype(np.float32)


def box(rows):
    mask = np.zeros(SHAPE, bool)
    mask[:, :rows] = True
    return mask


def write_study(folder, maps, segments, geometry=GEOMETRY):
    """Write maps and segments as a run leaves them."""
    (folder / "maps").mkdir(parents=True)
    for name, voxels in maps.items():
        write_nifti(folder / "maps" / f"{name}.nii.gz", voxels, geometry)
    write_segmentation(folder / "core_penumbra.seg.nrrd", lesion_segments(segments), geometry, SHAPE)


def reasons(left_out):
    return {each.name: each.reason for each in left_out}


def statistics_of(compared, kind, name, group="all"):
    (row,) = (
        row
        for row in agreement_record(compared)["statistics"]
        if (row["kind"], row["name"], row["studies"]) == (kind, name, group)
    )
    return row


@pytest.fixture
def two_sets(tmp_path):
    """Four studies in two sets; in the second, flow is 2 higher and the core one row larger."""
    for index in range(4):
        values, core = flow(index), box(index)
        values[0, 0, :5] = np.nan
        higher = values + 2.0
        higher[1, 9, :3] = np.nan
        write_study(tmp_path / "a" / f"s{index}", {"CBF": values}, {"core": core})
        larger = box(index + 1 if index else 0)
        write_study(tmp_path / "b" / f"s{index}", {"CBF": higher}, {"core": larger})
    return tmp_path / "a", tmp_path / "b"


def test_maps_agree_voxel_by_voxel_where_both_are_finite(two_sets):
    row = statistics_of(compare_folders(*two_sets), "map", "CBF")

    assert row["n"] == 4
    assert row["moments"]["n"] == 4 * (200 - 8)
    assert (row["only_first"], row["only_second"]) == (4 * 3, 0)
    assert row["r"]["smallest"] == pytest.approx(1.0)
    assert row["bias"]["mean"] == pytest.approx(2.0, abs=1e-5)


def test_voxels_of_all_studies_together_are_those_of_one_long_list(tmp_path):
    first, second = [flow(seed) for seed in (1, 2, 3)], [flow(seed) for seed in (1, 5, 3)]
    for index, pair in enumerate(zip(first, second, strict=True)):
        for name, voxels in zip("ab", pair, strict=True):
            write_study(tmp_path / name / f"s{index}", {"Tmax": voxels}, {})

    compared = compare_folders(tmp_path / "a", tmp_path / "b")

    whole = [np.concatenate([image.ravel() for image in images]) for images in (first, second)]
    (pair,) = compared.maps
    moments = sum((voxels.moments for voxels in pair.voxels[1:]), pair.voxels[0].moments)
    assert moments.r == pytest.approx(pearson_correlation(*whole).r)
    assert moments.ccc == pytest.approx(concordance(*whole).ccc)
    assert f"{moments.r:.3f}" in report_text(agreement_report(compared))


def test_segments_overlap_and_their_volumes_are_numbers_of_each_study(two_sets):
    compared = compare_folders(*two_sets)

    overlap = statistics_of(compared, "segment", "core")
    assert (overlap["n"], overlap["empty"]) == (4, 1)
    assert overlap["dice"]["smallest"] == pytest.approx(dice(box(1), box(2)))
    volumes = statistics_of(compared, "number", "core_ml")
    assert volumes["n"] == 4
    # One row of 20 voxels in three of four studies.
    assert volumes["difference"]["bias"] == pytest.approx(0.75 * 20 * VOXEL_ML)


def test_masks_in_nifti_are_held_against_the_segments_of_a_run(two_sets, tmp_path):
    for index in range(4):
        folder = tmp_path / "other" / f"s{index}"
        folder.mkdir(parents=True)
        write_nifti(folder / "core.nii", box(index), GEOMETRY)

    compared = compare_folders(two_sets[0], tmp_path / "other")

    assert statistics_of(compared, "segment", "core")["dice"]["smallest"] == 1.0
    assert reasons(compared.left_out_columns) == {"CBF": "only in a"}


def test_labels_are_compared_one_by_one_and_maps_of_other_names_as_maps(tmp_path):
    for name in "ab":
        for index in range(3):
            folder = tmp_path / name / f"s{index}"
            folder.mkdir(parents=True)
            tissue = np.where(box(2), 1, 3).astype(np.uint8) if index else np.zeros(SHAPE, np.uint8)
            write_nifti(folder / "tissue.nii.gz", tissue, GEOMETRY)
            write_nifti(folder / "nothing.nii.gz", np.zeros(SHAPE, np.uint8), GEOMETRY)
            write_nifti(folder / "rapid_cbf.nii.gz", flow(index), GEOMETRY)
            write_nifti(folder / "series.nii.gz", np.zeros((3, *SHAPE), np.int16), GEOMETRY)

    compared = compare_folders(tmp_path / "a", tmp_path / "b")

    assert [overlap.name for overlap in compared.overlaps] == ["tissue", "tissue 3"]
    assert [segment.dice for segment in compared.overlaps[1].segments] == [None, 1.0, 1.0]
    assert [pair.name for pair in compared.maps] == ["rapid_cbf"]
    assert reasons(compared.left_out_columns) == {"nothing": "empty in all studies"}


def test_folders_of_files_are_one_study_each_unless_they_are_called_as_maps_are(tmp_path):
    for name, rows in (("a", 2), ("b", 3)):
        (tmp_path / name).mkdir()
        for study in ("case1", "case2", "case3"):
            write_nifti(tmp_path / name / f"{study}.nii.gz", box(rows), GEOMETRY)
    result = [tmp_path / name for name in ("run1", "run2")]
    for folder in result:
        write_study(folder, {"CBF": flow(0)}, {"core": box(2)})

    masks, runs = compare_folders(tmp_path / "a", tmp_path / "b"), compare_folders(*result)

    assert masks.studies == ("case1", "case2", "case3")
    assert statistics_of(masks, "segment", "image")["dice"]["mean"] == pytest.approx(0.8)
    assert runs.studies == ("study",)
    assert runs.maps[0].voxels[0].moments.r == pytest.approx(1.0)


def test_studies_that_cannot_be_compared_are_left_out_with_the_reason(two_sets):
    first, second = two_sets
    moved = GEOMETRY.copy()
    moved[0, 3] = 4.0
    for folder in (first, second):
        write_study(folder / "moved", {"CBF": flow(0)}, {}, GEOMETRY if folder == first else moved)
        write_study(folder / "twice", {"CBF": flow(0)}, {})
        write_study(folder / "broken", {"CBF": flow(0)}, {})
    write_nifti(first / "twice" / "CBF.nii", flow(0), GEOMETRY)
    (second / "broken" / "maps" / "CBF.nii.gz").write_bytes(b"nothing")
    write_study(second / "new", {"CBF": flow(0)}, {})
    (second / "thumbnails").mkdir()

    compared = compare_folders(first, second)

    assert compared.studies == ("s0", "s1", "s2", "s3")
    assert reasons(compared.left_out_studies) == {
        "new": "only in b",
        "broken": "CBF.nii.gz cannot be read",
        "moved": "CBF lies on different grids",
        "twice": "Two images are called CBF",
    }


def test_other_shapes_are_other_grids(tmp_path):
    for name, shape in (("a", SHAPE), ("b", (2, 10, 9))):
        (tmp_path / name / "s").mkdir(parents=True)
        write_nifti(tmp_path / name / "s" / "CBF.nii.gz", np.ones(shape, np.float32), GEOMETRY)

    with pytest.raises(
        ConfigurationError, match="No study of a and b can be compared: CBF lies on different"
    ):
        compare_folders(tmp_path / "a", tmp_path / "b")


def test_the_table_of_a_cohort_tells_the_groups_of_its_studies(two_sets):
    (two_sets[1] / "cohort.csv").write_text("study,scanner\ns0,ge\ns1,siemens\ns2,ge\n", encoding="utf-8")

    compared = compare_folders(*two_sets, by="scanner")

    assert compared.strata.values == ("ge", "siemens", "ge", None)
    assert statistics_of(compared, "map", "CBF", "ge")["n"] == 2
    assert statistics_of(compared, "segment", "core", "siemens")["dice"]["n"] == 1


def test_what_cannot_be_compared_at_all_is_one_sentence(two_sets, tmp_path):
    (tmp_path / "empty").mkdir()
    write_study(tmp_path / "c" / "other", {"CBF": flow(0)}, {})

    with pytest.raises(ConfigurationError, match="empty holds no maps or segments"):
        compare_folders(two_sets[0], tmp_path / "empty")
    with pytest.raises(ConfigurationError, match="they have no study of one name"):
        compare_folders(two_sets[0], tmp_path / "c")
    with pytest.raises(
        ConfigurationError, match="No table in these folders has a column scanner; put cohort"
    ):
        compare_folders(*two_sets, by="scanner")
    with pytest.raises(ConfigurationError, match="cannot be read; check its path"):
        compare_folders(two_sets[0], tmp_path / "nowhere")


def test_it_stops_when_asked_to(two_sets):
    def stop(_title, fraction):
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        compare_folders(*two_sets, progress=stop)
