"""What a reader sees in the slice views: pixels drawn by Slicer's own displayable managers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import slicer

from CTPerfusionLib.io.segmentation import segment_kinds
from CTPerfusionLib.mrml import (
    MAP_VIEWS,
    HeadlessSlicer,
    LesionContent,
    StudyContent,
    StudyNodes,
    publish_lesion,
    publish_plane,
    publish_points,
    publish_study,
    show_layout,
)
from CTPerfusionLib.series import QUANTITIES

SHAPE = (3, 40, 40)
SLICE = 1
CBF_VIEW, TMAX_VIEW, BASELINE_VIEW = "PerfusionCBF", "PerfusionTmax", "PerfusionBaseline"

Image = np.ndarray


@pytest.fixture(scope="module")
def a_head(a_study: StudyContent) -> StudyContent:
    """Return a round brain in a skull; flow rises from the patient's right to left, late on the left."""
    _, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]].astype(np.float32)
    distance = np.hypot(x - 19.5, y - 19.5)
    baseline = np.where(distance < 13, 40.0, np.where(distance < 15, 900.0, -1000.0))
    flow = np.where(distance < 13, 2 * x, np.nan).astype(np.float32)
    late = np.where(distance < 13, np.where(x > 24, 9.0, 2.0), np.nan).astype(np.float32)
    matrix = a_study.ijk_to_ras @ np.diag([1.0, 1.5 / 1.6, 1.0, 1.0])  # square pixels
    maps = {"CBF": flow, "CBV": flow / 20, "MTT": late, "Tmax": late}
    return replace(a_study, baseline=baseline, maps=maps, ijk_to_ras=matrix, motion=None)


@pytest.fixture(scope="module")
def a_stroke(a_head: StudyContent, a_lesion: LesionContent) -> LesionContent:
    """Return a square core in a square penumbra, on the patient's left."""
    core, hypoperfusion = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    core[SLICE, 17:23, 25:30] = True
    hypoperfusion[SLICE, 13:27, 22:32] = True
    masks = {"core": core, "penumbra": hypoperfusion & ~core, "hypoperfusion": hypoperfusion}
    return replace(a_lesion, ijk_to_ras=a_head.ijk_to_ras, maps={}, masks=masks)


@pytest.fixture
def nodes(a_slicer: HeadlessSlicer, a_head: StudyContent) -> StudyNodes:
    """Return the head, published and laid out."""
    nodes = publish_study(a_slicer.scene, a_head)
    show_layout(a_slicer.scene, nodes.baseline, slice_index=SLICE)
    return nodes


@pytest.fixture
def pixel_of(a_head: StudyContent) -> Callable[[Any, float, float], tuple[int, int]]:
    """Return a function from a place in voxels, column and row, to the pixel of a view."""
    return lambda view, column, row: view.pixel_of(a_head.ijk_to_ras @ [column, row, SLICE, 1])


def legend_of(picture: Image) -> Image:
    """Return the part of a picture right of the head, where the legend's numbers and bar are."""
    return picture[:, int(0.86 * picture.shape[1]) :]


def is_like(pixels: Image, colour: tuple[float, float, float], tolerance: int = 40) -> Image:
    return np.abs(pixels.astype(int) - 255 * np.array(colour)).max(axis=-1) <= tolerance


@pytest.mark.usefixtures("nodes")
def test_a_map_is_drawn_in_the_colours_of_its_values(
    a_head: StudyContent, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(CBF_VIEW)
    picture = view.picture()
    for column, row in ((10, 20), (15, 12), (19, 28), (25, 19), (30, 15)):
        expected = QUANTITIES["CBF"].colourise(a_head.maps["CBF"][SLICE, row, column])
        np.testing.assert_allclose(picture[pixel_of(view, column, row)], expected, atol=4)


@pytest.mark.usefixtures("nodes")
def test_outside_the_tissue_a_map_is_black(open_view: Any, pixel_of: Any) -> None:
    view = open_view(CBF_VIEW)
    picture = view.picture()
    for column, row in ((3, 20), (19, 3), (5, 33)):
        np.testing.assert_array_equal(picture[pixel_of(view, column, row)], [0, 0, 0])


@pytest.mark.usefixtures("nodes")
def test_the_baseline_is_grey_in_the_brain_window(open_view: Any, pixel_of: Any) -> None:
    view = open_view(BASELINE_VIEW)
    picture = view.picture()
    np.testing.assert_allclose(picture[pixel_of(view, 19, 19)], [127, 127, 127], atol=3)  # 40 of 0 to 80 HU
    np.testing.assert_array_equal(picture[pixel_of(view, 33, 19)], [255, 255, 255])  # skull


@pytest.mark.usefixtures("nodes")
def test_the_patients_left_is_on_the_right_and_the_front_on_top(open_view: Any, pixel_of: Any) -> None:
    view = open_view(TMAX_VIEW)
    row, column = pixel_of(view, 28, 19)
    assert column > 150
    assert abs(row - 150) < 12
    front_row, _ = pixel_of(view, 19, 12)  # low rows lie in front
    assert front_row < 150


@pytest.mark.usefixtures("nodes")
def test_normal_tissue_is_blue_and_late_tissue_red_on_a_time_map(open_view: Any, pixel_of: Any) -> None:
    view = open_view(TMAX_VIEW)
    picture = view.picture().astype(int)
    red, _, blue = picture[pixel_of(view, 12, 19)]
    assert blue > red + 60
    red, _, blue = picture[pixel_of(view, 28, 19)]
    assert red > blue + 60


@pytest.mark.parametrize("size", [300, 600])
def test_a_legend_shows_all_colours_beside_readable_numbers(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, open_view: Any, size: int
) -> None:
    view = open_view(CBF_VIEW, size)
    show_layout(a_slicer.scene, nodes.baseline)
    picture = view.picture()
    legend = legend_of(picture)
    for _, colour in QUANTITIES["CBF"].colour_stops()[1:]:
        assert is_like(legend, colour).any()
    bright = is_like(picture, (1, 1, 1), 60)
    bright[:, : size // 2] = False
    rows = np.flatnonzero(bright.any(axis=1))
    lines = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    heights = [len(line) for line in lines]
    assert len(lines) >= 5  # the title, and numbers that do not touch
    assert size / 45 <= np.median(heights) <= size / 18


def test_a_legend_leaves_the_head_free(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(CBF_VIEW)
    show_layout(a_slicer.scene, nodes.baseline)
    shown = view.picture()
    for volume in nodes.maps.values():
        slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(volume).SetVisibility(False)
    without = view.picture()
    changed = (shown != without).any(axis=2)
    assert changed.any()
    row, column = pixel_of(view, 19, 19)
    assert not changed[row - 90 : row + 90, column - 90 : column + 60].any()


def test_views_that_open_after_the_maps_get_their_legends_with_the_layout(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, open_view: Any
) -> None:
    views = [open_view(view.name) for view in MAP_VIEWS[:5]]
    show_layout(a_slicer.scene, nodes.baseline)
    for view, name in zip(views, ("", "CBF", "CBV", "MTT", "Tmax"), strict=True):
        legend = legend_of(view.picture())
        strong = np.ptp(legend.astype(int), axis=2) > 80  # neither grey nor black
        assert bool(strong.any()) == bool(name)


def test_core_and_penumbra_are_outlined_in_their_colours_and_not_filled(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_stroke: LesionContent, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(BASELINE_VIEW)
    before = view.picture()
    publish_lesion(a_slicer.scene, nodes.baseline, a_stroke)
    picture = view.picture()
    for name, (column, row) in {"core": (27, 16.5), "penumbra": (26, 12.5)}.items():
        y, x = pixel_of(view, column, row)  # on the upper border of the segment
        border = picture[y - 4 : y + 5, x - 3 : x + 4]
        assert is_like(border, segment_kinds()[name].colour).any()
    for column, row in ((27, 20), (23.5, 20)):  # inside the core, inside the penumbra
        y, x = pixel_of(view, column, row)
        np.testing.assert_array_equal(picture[y, x], before[y, x])


def test_a_slider_that_moves_a_threshold_moves_the_outline(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_stroke: LesionContent, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(BASELINE_VIEW)
    publish_lesion(a_slicer.scene, nodes.baseline, a_stroke)
    colour = segment_kinds()["core"].colour
    y, x = pixel_of(view, 24.5, 20)  # left border of the core
    assert is_like(view.picture()[y, x - 4 : x + 5], colour).any()
    smaller = a_stroke.masks["core"].copy()
    smaller[:, :, :27] = False
    masks = {**a_stroke.masks, "core": smaller, "penumbra": a_stroke.masks["hypoperfusion"] & ~smaller}
    publish_lesion(a_slicer.scene, nodes.baseline, replace(a_stroke, masks=masks))
    picture = view.picture()
    assert not is_like(picture[y, x - 4 : x + 5], colour).any()
    y, x = pixel_of(view, 26.5, 20)
    assert is_like(picture[y, x - 4 : x + 5], colour).any()


def test_vessel_points_are_seen_in_their_colours_on_their_slice_only(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_head: StudyContent, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(BASELINE_VIEW)
    publish_points(a_slicer.scene, nodes.baseline, "AIF", ((14, 15, SLICE),), a_head.ijk_to_ras)
    publish_points(a_slicer.scene, nodes.baseline, "VOF", ((20, 28, SLICE),), a_head.ijk_to_ras)
    picture = view.picture().astype(int)
    y, x = pixel_of(view, 14, 15)
    around = picture[y - 6 : y + 7, x - 6 : x + 7]
    assert (around[..., 0] - around[..., 2]).max() > 100  # red
    y, x = pixel_of(view, 20, 28)
    around = picture[y - 6 : y + 7, x - 6 : x + 7]
    assert (around[..., 2] - around[..., 0]).max() > 100  # blue
    view.logic.SetSliceOffset(view.logic.GetSliceOffset() + 5.0)
    assert np.ptp(view.picture().astype(int), axis=2).max() < 30  # grey again


def test_the_mid_sagittal_plane_is_a_thin_yellow_line_through_the_head(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_head: StudyContent, open_view: Any, pixel_of: Any
) -> None:
    view = open_view(BASELINE_VIEW)
    middle = a_head.ijk_to_ras @ [19.5, 19.5, SLICE, 1]
    publish_plane(
        a_slicer.scene, nodes.baseline, np.array([1.0, 0, 0]), float(middle[0]), a_head.ijk_to_ras, SHAPE
    )
    yellow = is_like(view.picture(), (0.95, 0.9, 0.25), 60)
    _, column = pixel_of(view, 19.5, 19.5)
    assert yellow.any(axis=1).mean() > 0.8  # from top to bottom
    assert abs(np.flatnonzero(yellow.any(axis=0)).mean() - column) < 3
    assert np.median(yellow.sum(axis=1)) <= 4
