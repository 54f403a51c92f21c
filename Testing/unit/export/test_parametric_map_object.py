"""Maps as DICOM parametric maps, read again by highdicom."""

from datetime import datetime
from io import BytesIO

import highdicom
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from scipy.spatial.transform import Rotation

from CTPerfusionLib.export import write_dicom_results
from CTPerfusionLib.export.identity import StudyIdentity
from CTPerfusionLib.export.parametric_map_object import build_parametric_map, description
from CTPerfusionLib.export.workspace import Workspace
from CTPerfusionLib.series import (
    RAS_TO_LPS,
    PerfusionSeries,
    SourceFile,
    SourceImage,
    TimeSource,
    TmaxDefinition,
    quantities_of,
)

QUANTITIES = quantities_of(TmaxDefinition.CENTRE)
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture(scope="module")
def folder(series, make_content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "dicom"
    write_dicom_results(folder, make_content(series, QUANTITIES), series.sources)
    return folder


@pytest.fixture(scope="module", params=QUANTITIES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def parametric_map(name, folder):
    return highdicom.imread(folder / f"map_{name}.dcm")


def test_values_come_back_bit_by_bit_and_nothing_is_nan(parametric_map, name, series, make_content):
    values = make_content(series, QUANTITIES).maps[name]

    stored = parametric_map.pixel_array

    known = np.isfinite(values)
    assert stored.dtype == np.float32
    assert np.array_equal(stored[known], values[known])
    assert np.all(stored[~known] == parametric_map.FloatPixelPaddingValue)
    assert parametric_map.FloatPixelPaddingValue < values[known].min()


def test_slices_ascend_along_the_normal(parametric_map, series):
    expected = [slice_origin(series.ijk_to_ras, index) for index in range(series.n_slices)]

    frames = parametric_map.PerFrameFunctionalGroupsSequence

    assert np.allclose([frame.PlanePositionSequence[0].ImagePositionPatient for frame in frames], expected)
    assert [frame.FrameContentSequence[0].DimensionIndexValues for frame in frames] == [1, 2, 3, 4]


def test_quantity_and_unit_are_those_of_the_registry(parametric_map, name):
    mapping = parametric_map.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence[0]
    unit = mapping.MeasurementUnitsCodeSequence[0]
    quantity = mapping.QuantityDefinitionSequence[0].ConceptCodeSequence[0]

    assert (unit.CodeValue, unit.CodingSchemeDesignator) == (QUANTITIES[name].unit_code.value, "UCUM")
    assert quantity.CodeValue == QUANTITIES[name].quantity_code.value
    assert quantity.CodingSchemeDesignator == QUANTITIES[name].quantity_code.scheme
    assert (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) == (1.0, 0.0)
    assert mapping.LUTLabel == name


def test_a_reader_that_applies_the_mapping_gets_the_values_in_their_unit(
    parametric_map, name, series, make_content
):
    values = make_content(series, QUANTITIES).maps[name]

    mapped = parametric_map.get_volume(apply_real_world_transform=True)

    ascending = mapped.array[::-1] if mapped.affine[2, 0] < 0 else mapped.array
    known = np.isfinite(values)
    assert np.array_equal(ascending[known].astype(np.float32), values[known])


def test_the_window_shows_the_display_range(parametric_map, name):
    window = parametric_map.SharedFunctionalGroupsSequence[0].FrameVOILUTSequence[0]
    lower, upper = QUANTITIES[name].display_range

    assert window.WindowCenter - window.WindowWidth / 2 == pytest.approx(lower)
    assert window.WindowCenter + window.WindowWidth / 2 == pytest.approx(upper)


def test_the_map_is_qualified_as_research(parametric_map):
    assert parametric_map.ContentQualification == "RESEARCH"
    assert "research use only" in parametric_map.ContentDescription
    assert "research use only" in parametric_map.SeriesDescription


@pytest.mark.parametrize(
    ("definition", "words"), [("centre", "delay + MTT/2"), ("argmax", "peak of residue")]
)
def test_the_description_of_tmax_says_which_one_it_is(definition, words):
    tmax = quantities_of(TmaxDefinition(definition))["Tmax"]

    assert words in description(tmax)


def test_descriptions_fit_into_their_attribute(name):
    assert len(description(QUANTITIES[name])) <= 64
    assert len(QUANTITIES[name].title) <= 64


def test_negative_values_stay_apart_from_what_stands_for_unknown_ones(series, make_content, tmp_path):
    delay = make_content(series, ["Delay"]).maps["Delay"] - 30.0

    write_dicom_results(tmp_path / "dicom", make_content(series, maps={"Delay": delay}), series.sources)

    dataset = dcmread(tmp_path / "dicom" / "map_Delay.dcm")
    stored = dataset.pixel_array
    assert dataset.FloatPixelPaddingValue < np.nanmin(delay)
    assert np.array_equal(stored == dataset.FloatPixelPaddingValue, np.isnan(delay))


def test_a_map_of_nothing_can_be_written(series, make_content, tmp_path, faults):
    nothing = np.full(series.shape, np.nan, dtype=np.float32)

    paths = write_dicom_results(
        tmp_path / "dicom", make_content(series, maps={"CBF": nothing}), series.sources
    )

    assert np.all(dcmread(paths[1]).pixel_array == dcmread(paths[1]).FloatPixelPaddingValue)
    assert faults(paths[1]) == []


turns = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)
spacings = st.tuples(st.floats(0.2, 1.5), st.floats(0.2, 1.5), st.floats(0.5, 12.0))
origins = st.tuples(*[st.floats(-400.0, 400.0)] * 3)


@settings(max_examples=15)
@given(turn=turns, spacing=spacings, origin=origins)
def test_any_orientation_spacing_and_origin_come_back(make_content, turn, spacing, origin):
    to_lps = np.eye(4)
    to_lps[:3, :3] = Rotation.from_euler("xyz", turn).as_matrix() * np.array(spacing)
    to_lps[:3, 3] = origin
    series = PerfusionSeries(
        np.zeros((2, 3, 4, 5), np.int16), np.arange(2.0), RAS_TO_LPS @ to_lps, TimeSource.SIMULATED
    )
    content = make_content(series, pages=())

    written = BytesIO()
    build_parametric_map("CBF", content, workspace_of(content)).save_as(written, enforce_file_format=True)

    written.seek(0)
    known = np.isfinite(content.maps["CBF"])
    read = highdicom.imread(written)
    assert np.array_equal(read.pixel_array[known], content.maps["CBF"][known])
    frames = [frame.PlanePositionSequence[0] for frame in read.PerFrameFunctionalGroupsSequence]
    for index, frame in enumerate(frames):
        assert np.allclose(frame.ImagePositionPatient, slice_origin(series.ijk_to_ras, index), atol=1e-6)
    axes = read.get_volume().affine[:3, :3]
    assert np.allclose(axes[:, 1], to_lps[:3, 1], atol=1e-6)
    assert np.allclose(axes[:, 2], to_lps[:3, 0], atol=1e-6)
    assert np.allclose(np.abs(axes[:, 0]), np.abs(to_lps[:3, 2]), atol=1e-6)


def slice_origin(ijk_to_ras, index):
    """Return the centre of the first voxel of a slice in LPS mm."""
    return (RAS_TO_LPS @ ijk_to_ras @ np.array([0.0, 0.0, index, 1.0]))[:3]


def workspace_of(content):
    images = tuple(
        SourceImage(SourceFile("", CT_IMAGE, f"1.2.{index + 1}", "1.2.9"), None)
        for index in range(content.shape[0])
    )
    return Workspace(
        identity=StudyIdentity("1.2.3", "1.2.4", {}, {}, {}),
        images=images,
        ijk_to_ras=content.ijk_to_ras,
        shape=content.shape,
        digest="",
        created=datetime(2026, 1, 1),
        version="1",
    )
