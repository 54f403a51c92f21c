"""Core, penumbra and hypoperfusion as a DICOM segmentation, read again by highdicom."""

import highdicom
import numpy as np
import pytest
import SimpleITK

from CTPerfusionLib.export import write_dicom_results
from CTPerfusionLib.io import segment_kinds
from CTPerfusionLib.series import RAS_TO_LPS

ORDER = ("core", "penumbra", "hypoperfusion")


@pytest.fixture(scope="module")
def segmentation(series, make_content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "dicom"
    write_dicom_results(folder, make_content(series), series.sources)
    return highdicom.seg.segread(folder / "segmentation.dcm")


def test_every_segment_has_the_voxels_of_its_mask(segmentation, series, make_content):
    masks = make_content(series).masks

    frames = segmentation.pixel_array.reshape(len(ORDER), *series.shape)

    assert [description.SegmentLabel.lower() for description in segmentation.SegmentSequence] == list(ORDER)
    for index, name in enumerate(ORDER):
        assert np.array_equal(frames[index].astype(bool), masks[name]), name


def test_the_volume_that_highdicom_makes_of_it_has_the_same_voxels_at_the_same_places(
    segmentation, series, make_content
):
    masks = make_content(series).masks

    volume = segmentation.get_volume(combine_segments=False)

    for index, name in enumerate(ORDER):
        places = np.argwhere(volume.array[..., index])
        expected = np.argwhere(masks[name])[:, ::-1]
        found = volume.affine[:3, :3] @ places.T + volume.affine[:3, 3:]
        true = (RAS_TO_LPS @ series.ijk_to_ras)[:3] @ np.vstack([expected.T, np.ones(len(expected))])
        assert np.allclose(sorted(found.T.tolist()), sorted(true.T.tolist()), atol=1e-6), name


def test_frames_are_sorted_by_segment_and_ascending_slice(segmentation, series):
    frames = segmentation.PerFrameFunctionalGroupsSequence

    numbers = [frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber for frame in frames]
    heights = np.array([frame.PlanePositionSequence[0].ImagePositionPatient[2] for frame in frames])
    assert numbers == [number for number in (1, 2, 3) for _ in range(series.n_slices)]
    assert np.all(np.diff(heights.reshape(len(ORDER), -1), axis=1) > 0)
    assert [list(frame.FrameContentSequence[0].DimensionIndexValues) for frame in frames] == [
        [number, index] for number in (1, 2, 3) for index in range(1, series.n_slices + 1)
    ]


def test_itk_reads_it_the_right_way_up(segmentation, series, make_content):
    masks = make_content(series).masks

    image = SimpleITK.ReadImage(segmentation.filename)

    origin = (RAS_TO_LPS @ series.ijk_to_ras)[:3, 3]
    core = SimpleITK.GetArrayFromImage(image)[: series.n_slices]
    assert np.allclose(image.GetOrigin(), origin)
    assert np.allclose(image.GetSpacing(), series.spacing)
    assert np.linalg.det(np.array(image.GetDirection()).reshape(3, 3)) == pytest.approx(1.0)
    assert np.array_equal(core > 0, masks["core"])


def test_the_segments_are_said_to_overlap(segmentation):
    assert segmentation.SegmentsOverlap == "YES"


def test_terms_colours_and_software_are_those_of_the_terminology(segmentation):
    for number, name in enumerate(ORDER, start=1):
        description, kind = segmentation.get_segment_description(number), segment_kinds()[name]
        colour = highdicom.color.CIELabColor.from_dicom_value(description.RecommendedDisplayCIELabValue)

        assert description.segmented_property_type.value == kind.terminology.type.value
        assert description.segmented_property_category.value == kind.terminology.category.value
        assert [region.value for region in description.anatomic_regions] == ["12738006"]
        assert np.allclose(colour.to_rgb(), 255 * np.array(kind.colour), atol=1.0)
        assert description.algorithm_type.value == "AUTOMATIC"
        assert description.algorithm_identification.name == "ctperfusion"
        assert description.algorithm_identification.parameters["Core"] == "relative CBF < 30 %"
        assert description.tracking_id == name


def test_each_slice_refers_to_its_image_in_the_reference_frame(series, make_content, tmp_path):
    write_dicom_results(tmp_path / "dicom", make_content(series, reference_frame=3), series.sources)

    segmentation = highdicom.seg.segread(tmp_path / "dicom" / "segmentation.dcm")

    expected = [series.sources.image(3, index).file.sop_instance_uid for index in range(series.n_slices)]
    frames = segmentation.PerFrameFunctionalGroupsSequence
    found = [
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID for frame in frames
    ]
    listed = segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert found == expected * len(ORDER)
    assert [item.ReferencedSOPInstanceUID for item in listed] == expected


def test_parameters_with_any_signs_come_back_one_by_one(series, make_content, tmp_path):
    parameters = {"Core": "flow <= 30 %, Tmax > 6 s", "Hypoperfusion": "Tmax = delay + MTT/2", "Seed": "0"}

    paths = write_dicom_results(
        tmp_path / "dicom", make_content(series, parameters=parameters), series.sources
    )

    description = highdicom.seg.segread(paths[0]).get_segment_description(1)
    assert description.algorithm_identification.parameters == {
        "Core": "flow ≤ 30 %; Tmax > 6 s",
        "Hypoperfusion": "Tmax : delay + MTT/2",
        "Seed": "0",
    }


@pytest.mark.parametrize("empty", [("core",), ORDER], ids=["no core", "no lesion"])
def test_a_segment_without_voxels_is_still_there(series, make_content, tmp_path, faults, empty):
    masks = make_content(series).masks
    masks = {name: mask & (name not in empty) for name, mask in masks.items()}

    paths = write_dicom_results(tmp_path / "dicom", make_content(series, masks=masks), series.sources)

    volume = highdicom.seg.segread(paths[0]).get_volume(combine_segments=False)
    assert volume.array.shape == (*series.shape, len(ORDER))
    assert [bool(volume.array[..., index].any()) for index in range(3)] == [
        name not in empty for name in ORDER
    ]
    assert [fault for path in paths for fault in faults(path)] == []
