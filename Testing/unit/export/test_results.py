"""All objects of a study: one study, valid, without a trace of the patient where none belongs."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from pydicom import dcmread

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.export import write_dicom_results
from CTPerfusionLib.series import QUANTITIES

PATIENT_WORDS = ("Müller", "Jörg", "SECRET", "4711", "House", "ACC")


@pytest.fixture(scope="module")
def paths(series, make_content, tmp_path_factory):
    return write_dicom_results(
        tmp_path_factory.mktemp("results") / "dicom", make_content(series, QUANTITIES), series.sources
    )


@pytest.fixture(scope="module")
def objects(paths):
    return [dcmread(path) for path in paths]


def test_there_is_one_object_of_each_kind_a_map_per_quantity_and_a_page_each(paths):
    expected = [
        "segmentation.dcm",
        *(f"map_{name}.dcm" for name in QUANTITIES),
        "measurements.dcm",
        "summary_01.dcm",
        "summary_02.dcm",
    ]

    assert [path.name for path in paths] == expected
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(expected)


def test_every_object_passes_the_checker(paths, faults):
    assert {path.name: found for path in paths if (found := faults(path))} == {}


def test_all_objects_belong_to_the_patient_and_the_study_of_the_source(objects, series):
    source = dcmread(series.sources.files[0].path)

    for dataset in objects:
        for keyword in ("StudyInstanceUID", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
                        "PatientAge", "StudyDate", "StudyTime", "StudyID", "AccessionNumber",
                        "ReferringPhysicianName"):  # fmt: skip
            assert dataset[keyword].value == source[keyword].value, keyword


def test_each_kind_is_a_series_of_its_own_with_a_number_of_its_own(objects):
    kinds = {(dataset.SOPClassUID, dataset.SeriesInstanceUID, dataset.SeriesNumber) for dataset in objects}

    assert len(kinds) == len({uid for _, uid, _ in kinds}) == len({number for *_, number in kinds}) == 4
    assert "1.2.3.2" not in {uid for _, uid, _ in kinds}
    assert all(number > 9000 for *_, number in kinds)
    assert len({dataset.SOPInstanceUID for dataset in objects}) == len(objects)
    assert len({(dataset.SeriesNumber, dataset.InstanceNumber) for dataset in objects}) == len(objects)


def test_everything_with_a_place_shares_the_frame_of_reference_of_the_source(objects):
    frames = {dataset.FrameOfReferenceUID for dataset in objects if "FrameOfReferenceUID" in dataset}

    assert frames == {"1.2.3.3"}
    assert sum("FrameOfReferenceUID" in dataset for dataset in objects) == 1 + len(QUANTITIES)


def test_every_object_says_that_it_is_for_research_and_who_made_it(objects):
    for dataset in objects:
        assert "research use only" in dataset.SeriesDescription
        assert len(dataset.SeriesDescription) <= 64
        assert dataset.Manufacturer == "SlicerCTPerfusion"
        assert dataset.SoftwareVersions


def test_pages_are_true_colour_without_patient_data(objects, series, make_content):
    pages = [dataset for dataset in objects if dataset.SeriesNumber == 9004]

    assert [page.InstanceNumber for page in pages] == [1, 2]
    for page, expected in zip(pages, make_content(series).pages, strict=True):
        assert np.array_equal(page.pixel_array, expected)
        assert page.BurnedInAnnotation == "NO"
        assert page.PhotometricInterpretation == "RGB"


def test_names_of_files_and_folders_say_nothing_about_the_patient(paths):
    names = [part for path in paths for part in (path.parent.name, path.name)]

    assert [name for name in names if any(word.lower() in name.lower() for word in PATIENT_WORDS)] == []


def test_staff_and_private_elements_do_not_travel_on(paths):
    for path in paths:
        content = path.read_bytes()
        assert b"Operator^Secret" not in content
        assert b"private SECRET" not in content


def test_the_same_content_and_moment_give_the_same_bytes(series, make_content, tmp_path):
    one, other = (
        write_dicom_results(tmp_path / name, make_content(series), series.sources) for name in ("a", "b")
    )

    assert [
        path.name for path, twin in zip(one, other, strict=True) if path.read_bytes() != twin.read_bytes()
    ] == []


def test_other_content_gives_other_identifiers(objects, series, make_content, tmp_path):
    masks = dict(make_content(series).masks)
    masks["core"] = ~masks["core"]
    content = make_content(series, masks=masks)

    others = write_dicom_results(tmp_path / "others", content, series.sources)

    uids = {dataset.SOPInstanceUID for dataset in objects}
    assert uids.isdisjoint(dcmread(path).SOPInstanceUID for path in others)


def test_multi_frame_sources_are_referred_to_by_their_frames(
    small_study, loaded, make_content, tmp_path, faults
):
    series = loaded(small_study(multi_frame=True))

    paths = write_dicom_results(tmp_path / "dicom", make_content(series, reference_frame=2), series.sources)

    parametric_map = dcmread(tmp_path / "dicom" / "map_Tmax.dcm")
    references = [
        frame.DerivationImageSequence[0].SourceImageSequence[0]
        for frame in parametric_map.PerFrameFunctionalGroupsSequence
    ]
    assert {path.name: found for path in paths if (found := faults(path))} == {}
    assert [reference.ReferencedFrameNumber for reference in references] == [9, 10, 11, 12]
    assert len({reference.ReferencedSOPInstanceUID for reference in references}) == 1
    assert len(parametric_map.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == 1


def test_an_oblique_head_is_written_where_it_lies(
    small_study, loaded, oblique, make_content, tmp_path, faults
):
    study = small_study(orientation=oblique)
    series = loaded(study)

    paths = write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)

    assert {path.name: found for path in paths if (found := faults(path))} == {}
    for name in ("segmentation.dcm", "map_CBF.dcm"):
        dataset = dcmread(tmp_path / "dicom" / name)
        shared = dataset.SharedFunctionalGroupsSequence[0]
        frames = dataset.PerFrameFunctionalGroupsSequence[: series.n_slices]
        positions = [frame.PlanePositionSequence[0].ImagePositionPatient for frame in frames]
        directions = shared.PlaneOrientationSequence[0].ImageOrientationPatient
        assert np.allclose(positions, [study.position(index) for index in range(series.n_slices)], atol=1e-6)
        assert np.allclose(directions, study.directions[:2].ravel(), atol=1e-8)
        assert shared.PixelMeasuresSequence[0].PixelSpacing == pytest.approx([0.6, 0.45], abs=1e-6)
        assert shared.PixelMeasuresSequence[0].SpacingBetweenSlices == pytest.approx(5.0, abs=1e-6)


def test_a_cancelled_export_leaves_nothing_behind(series, make_content, tmp_path):
    def cancel_half_way(fraction):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_dicom_results(
            tmp_path / "dicom", make_content(series), series.sources, on_progress=cancel_half_way
        )

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(series, make_content, tmp_path):
    (tmp_path / "map_CBF.dcm").write_text("an earlier export")

    with pytest.raises(ConfigurationError, match="is not empty; name a new or an empty folder"):
        write_dicom_results(tmp_path, make_content(series), series.sources)

    assert (tmp_path / "map_CBF.dcm").read_text() == "an earlier export"


def test_a_missing_package_is_told_with_the_command_that_installs_it(
    series, make_content, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "highdicom", None)

    with pytest.raises(ConfigurationError, match=r"needs highdicom.*pip install 'ctperfusion\[dicom\]'"):
        write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)


def test_an_old_pydicom_that_is_still_loaded_is_told(series, make_content, tmp_path, monkeypatch):
    monkeypatch.setattr("pydicom.__version__", "2.4.4")

    with pytest.raises(
        ConfigurationError, match=r"needs pydicom 3, and 2\.4\.4 is loaded.*start the program again"
    ):
        write_dicom_results(tmp_path / "dicom", make_content(series), series.sources)


@pytest.mark.parametrize("moved_mm", [0.5, 30.0])
def test_results_of_a_scan_that_was_moved_are_refused(series, make_content, tmp_path, moved_mm):
    moved = series.ijk_to_ras.copy()
    moved[2, 3] += moved_mm
    content = make_content(replace(series, ijk_to_ras=moved))
    with pytest.raises(ConfigurationError, match=r"has been moved .* compute the maps again"):
        write_dicom_results(tmp_path / "results", content, series.sources)
    assert not list(tmp_path.iterdir())


def test_content_that_does_not_fit_its_source_is_a_mistake(series, make_content, tmp_path):
    content = make_content(series)
    fewer = {name: values[1:] for name, values in content.maps.items()}

    with pytest.raises(ValueError, match="3 slices, their source 4"):
        write_dicom_results(tmp_path, replace(content, maps=fewer, masks={}), series.sources)
    with pytest.raises(ValueError, match="reference_frame must be 0 to 9"):
        write_dicom_results(tmp_path, replace(content, reference_frame=10), series.sources)
    with pytest.raises(ValueError, match="no quantity is known for the maps R2"):
        replace(content, maps={"R2": content.maps["CBF"]})
    with pytest.raises(ValueError, match="must share one shape"):
        replace(content, maps=fewer)
