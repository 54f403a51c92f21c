"""The data of the viewer: values, segments and geometry that a page can show."""

import base64
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.lesion import LesionAnalysis, load_protocol
from CTPerfusionLib.report import ReportContent, render_report
from CTPerfusionLib.report.pictures import mosaic
from CTPerfusionLib.report.viewer import NO_VALUE, OUTSIDE, Viewer, averaged, encode, packed, viewer_of


def unpacked(block: str, shape: tuple[int, int, int]) -> np.ndarray:
    """Return the bytes of a block as a page reads them."""
    rows = np.frombuffer(zlib.decompress(base64.b64decode(block)), dtype=np.uint8).reshape(shape)
    return np.cumsum(rows, axis=1, dtype=np.uint8)


@pytest.fixture(scope="module")
def viewer(a_movable_study: ReportContent) -> Viewer:
    return viewer_of(a_movable_study, mosaic(a_movable_study))


def shape_of(viewer: Viewer) -> tuple[int, int, int]:
    described = viewer.description
    return described["slices"], described["rows"], described["columns"]


def test_a_block_holds_what_was_packed() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (3, 7, 5), dtype=np.uint8)
    np.testing.assert_array_equal(unpacked(packed(codes), codes.shape), codes)


def test_values_are_spread_over_the_codes_and_the_outside_has_its_own() -> None:
    values = np.array([[[-1.0, 0.0, 4.0, 8.0, 9.0, np.nan, 4.0]]])
    tissue = np.array([[[True, True, True, True, True, True, False]]])
    codes = encode(values, tissue, (0.0, 8.0))[0, 0]
    assert codes.tolist() == [2, 2, 2 + round(253 / 2), 255, 255, NO_VALUE, OUTSIDE]


def test_pixels_are_averaged_over_what_is_known() -> None:
    values = np.array([[[1.0, 3.0, 5.0], [np.nan, np.nan, 7.0], [2.0, 2.0, np.nan]]])
    np.testing.assert_array_equal(averaged(values, 2)[0], [[2.0, 6.0], [2.0, np.nan]])


def test_counting_voxels_gives_the_volumes_of_the_library(
    viewer: Viewer, an_analysis: LesionAnalysis
) -> None:
    described = viewer.description
    levels = {name: unpacked(viewer.blocks[f"core-{name}"], shape_of(viewer)) for name in described["cores"]}
    late = unpacked(viewer.blocks["hypoperfusion"], shape_of(viewer))
    at = described["hypoperfusion"]["position"] + 1
    for name, core in described["cores"].items():
        is_core = (levels[name] > 0) & (levels[name] <= core["position"] + 1)
        volumes = an_analysis.volumes.volumes_ml
        assert is_core.sum() * described["voxelMl"] == pytest.approx(volumes[f"core_{name}"])
        if name == described["counted"]:
            whole = is_core | ((late > 0) & (late <= at))
            assert whole.sum() * described["voxelMl"] == pytest.approx(volumes["hypoperfusion"])


def test_thresholds_are_told_in_the_words_of_the_library(viewer: Viewer) -> None:
    core, late = viewer.description["cores"]["global"], viewer.description["hypoperfusion"]
    assert core["texts"][core["position"]] == "rCBF < 30 %"
    assert late["texts"][late["position"]] == "Tmax (centre) > 6 s"
    assert late["texts"][late["position"] + 1] == "Tmax (centre) > 5.5 s"


def test_the_threshold_on_a_flow_map_is_where_the_method_reads_it(a_movable_study: ReportContent) -> None:
    read = replace(a_movable_study, protocol=a_movable_study.protocol.read_by(1.1))
    core = viewer_of(read, mosaic(read)).description["cores"]["global"]
    assert core["thresholds"][core["position"]] == pytest.approx(0.33)


def test_a_shown_pixel_names_the_voxel_that_it_shows(viewer: Viewer, a_movable_study: ReportContent) -> None:
    described, storage = viewer.description, viewer.description["storage"]
    shown = unpacked(viewer.blocks["core-global"], shape_of(viewer))
    levels = a_movable_study.what_if.cores["global"].levels
    for place in np.argwhere(shown > 0)[::97]:
        z, row, column = (int(index) for index in place)
        down, right = row + storage["top"], column + storage["left"]
        down = storage["rows"] - 1 - down if storage["flipRows"] else down
        right = storage["columns"] - 1 - right if storage["flipColumns"] else right
        z = described["slices"] - 1 - z if storage["flipSlices"] else z
        i, j = (down, right) if storage["transpose"] else (right, down)
        assert levels[z, j, i] == shown[tuple(place)]


def test_the_viewer_opens_where_most_of_the_core_is(viewer: Viewer, a_movable_study: ReportContent) -> None:
    areas = a_movable_study.masks["core"].sum(axis=(1, 2))
    assert areas[viewer.description["startSlice"]] == areas.max()


def test_without_moved_thresholds_the_segments_are_shown_as_they_are(a_study: ReportContent) -> None:
    viewer = viewer_of(a_study, mosaic(a_study))
    core = unpacked(viewer.blocks["core-as-found"], shape_of(viewer))
    assert core.sum() == a_study.masks["core"].sum()
    assert viewer.description["hypoperfusion"]["texts"] == [""]


def test_a_core_that_is_not_relative_has_one_reference(a_movable_study: ReportContent) -> None:
    by_volume = replace(a_movable_study, protocol=load_protocol("syngo-like"))
    assert list(viewer_of(by_volume, mosaic(by_volume)).description["cores"]) == ["global"]


def test_a_large_study_is_shown_coarser_but_counted_in_full(a_movable_study: ReportContent) -> None:
    def larger(volume: np.ndarray) -> np.ndarray:
        return volume.repeat(3, axis=1).repeat(3, axis=2).repeat(3, axis=0)

    study = replace(
        a_movable_study,
        baseline=larger(a_movable_study.baseline),
        tissue=larger(a_movable_study.tissue),
        maps={"CBF": larger(a_movable_study.maps["CBF"])},
        masks={name: larger(mask) for name, mask in a_movable_study.masks.items()},
        ijk_to_ras=a_movable_study.ijk_to_ras @ np.diag([1 / 3, 1 / 3, 1 / 3, 1]),
        what_if=None,
    )
    viewer = viewer_of(study, mosaic(study))
    described = viewer.description
    shown = described["maps"][1]
    assert shown["stride"] == 2
    assert shown["rows"] * 2 >= described["rows"]
    assert (
        unpacked(viewer.blocks["hypoperfusion"], shape_of(viewer)).sum() == study.masks["hypoperfusion"].sum()
    )


def test_the_description_cannot_end_its_element(a_movable_study: ReportContent) -> None:
    html = render_report(a_movable_study)
    start = html.index('<script type="application/json"')
    text = html[html.index(">", start) + 1 : html.index("</script>", start)]
    assert "<" not in text
    assert json.loads(text)["cores"]["global"]["texts"][0].startswith("rCBF < ")
