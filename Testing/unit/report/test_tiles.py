"""Slices as pictures: orientation, crop, outlines."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.io.segmentation import segment_kinds
from CTPerfusionLib.report import ReportContent
from CTPerfusionLib.report.pictures import mosaic_maps, tile_outlines, tiles
from CTPerfusionLib.report.tiles import (
    NO_ENHANCEMENT_GREY,
    Viewport,
    choose_slices,
    draw_outline,
    draw_place,
    grey_pixels,
    map_pixels,
    resize_mask,
    strip,
    viewport,
)
from CTPerfusionLib.series import QUANTITIES

HEIGHT = 96


def view_of(study: ReportContent) -> Viewport:
    return viewport(study.baseline, study.ijk_to_ras, study.tissue, HEIGHT)


def stored_otherwise(
    study: ReportContent, axes: tuple[int, int, int], flips: tuple[int, ...]
) -> ReportContent:
    """Return the same head with its voxels stored in another order."""

    def reordered(volume: np.ndarray) -> np.ndarray:
        return np.flip(volume.transpose(axes), flips)

    columns_first = [2 - axis for axis in reversed(axes)]
    matrix = study.ijk_to_ras.copy()
    matrix[:3, :3] = matrix[:3, columns_first]
    shape = reordered(study.baseline).shape
    for flip in flips:
        column = 2 - flip
        matrix[:3, 3] += matrix[:3, column] * (shape[flip] - 1)
        matrix[:3, column] *= -1
    return replace(
        study,
        baseline=reordered(study.baseline),
        ijk_to_ras=matrix,
        maps={name: reordered(values) for name, values in study.maps.items()},
        tissue=reordered(study.tissue),
        masks={name: reordered(mask) for name, mask in study.masks.items()},
    )


ORDERS = [
    ((0, 1, 2), ()),
    ((0, 1, 2), (2,)),
    ((0, 1, 2), (1,)),
    ((0, 1, 2), (0,)),
    ((0, 2, 1), ()),
    ((0, 2, 1), (1, 2)),
    ((0, 1, 2), (0, 1, 2)),
]


@pytest.mark.parametrize(("axes", "flips"), ORDERS)
def test_a_lesion_of_the_left_hemisphere_appears_on_the_right_of_the_picture(
    a_study: ReportContent, axes: tuple[int, int, int], flips: tuple[int, ...]
) -> None:
    study = stored_otherwise(a_study, axes, flips)
    view = view_of(study)
    pictures = tiles("Tmax", view, [3], study, tile_outlines(study, view))
    red = np.round(255 * np.array(segment_kinds()["core"].colour))
    columns = np.nonzero((pictures[0] == red).all(axis=-1))[1]
    assert columns.size > 0
    assert columns.min() > view.tile_shape[1] / 2


@pytest.mark.parametrize(("axes", "flips"), ORDERS)
def test_the_picture_does_not_depend_on_the_order_of_storage(
    a_study: ReportContent, axes: tuple[int, int, int], flips: tuple[int, ...]
) -> None:
    study = stored_otherwise(a_study, axes, flips)
    np.testing.assert_array_equal(
        view_of(study).crop(study.baseline), view_of(a_study).crop(a_study.baseline)
    )


def test_slices_ascend_from_inferior(a_study: ReportContent) -> None:
    upside_down = stored_otherwise(a_study, (0, 1, 2), (0,))
    numbered = np.arange(len(a_study.baseline))[:, None, None] * np.ones(a_study.baseline.shape)
    turned = view_of(upside_down).crop(np.flip(numbered, 0))
    assert turned[:, 0, 0].tolist() == list(range(len(a_study.baseline)))


def test_the_crop_holds_the_head_and_little_else(a_study: ReportContent) -> None:
    padded = np.full((8, 160, 200), -1000, dtype=np.float32)
    padded[:, 30:126, 60:156] = a_study.baseline
    padded[:, 150:153, 10:190] = 200  # the head holder
    view = viewport(padded, a_study.ijk_to_ras, np.zeros(padded.shape, bool), HEIGHT)
    head = np.argwhere(padded[4, :140] > -300)
    assert view.rows.start <= head[:, 0].min()
    assert view.rows.stop > head[:, 0].max()
    assert view.columns.start <= head[:, 1].min()
    assert view.columns.stop > head[:, 1].max()
    assert view.rows.stop - view.rows.start < 96
    assert view.columns.stop - view.columns.start < 96


def test_tiles_keep_the_proportions_of_the_head_when_voxels_are_not_square(a_study: ReportContent) -> None:
    flattened = a_study.ijk_to_ras @ np.diag([1, 2, 1, 1])
    square = view_of(a_study)
    tall = viewport(a_study.baseline, flattened, a_study.tissue, HEIGHT)
    assert tall.tile_shape[1] == pytest.approx(square.tile_shape[1] / 2, abs=1)


def test_the_brain_window_is_0_to_80_hu() -> None:
    shades = grey_pixels(np.array([[[-1000.0, 0.0, 40.0, 80.0, 900.0]]]))[0, 0, :, 0]
    assert shades.tolist() == [0, 0, 128, 255, 255]


def test_tissue_without_a_value_is_grey_and_everything_else_without_one_is_black() -> None:
    values = np.array([[[np.nan, np.nan, 6.0]]], dtype=np.float32)
    pixels = map_pixels(QUANTITIES["Tmax"], values, np.array([[[True, False, True]]]))[0, 0]
    assert pixels[0].tolist() == [NO_ENHANCEMENT_GREY] * 3
    assert pixels[1].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(pixels[2], QUANTITIES["Tmax"].colourise(np.float32(6.0)))


def test_an_outline_is_the_inner_border_of_the_mask() -> None:
    mask = np.zeros((1, 7, 7), dtype=bool)
    mask[0, 1:6, 1:6] = True
    pixels = np.full((1, 7, 7, 3), 99, dtype=np.uint8)
    draw_outline(pixels, mask, (1.0, 0.0, 0.0))
    drawn = pixels[0, :, :, 0] == 255
    assert drawn.sum() == 16
    assert (pixels[0, 2:5, 2:5] == 99).all()


def test_a_shaded_outline_is_visible_on_its_own_colour() -> None:
    mask = np.ones((1, 9, 9), dtype=bool)
    pixels = np.full((1, 9, 9, 3), (255, 0, 0), dtype=np.uint8)
    draw_outline(pixels, mask, (1.0, 0.0, 0.0), shaded=True)
    assert pixels[0, 1, 1:8].max() == 0
    assert (pixels[0, 2:7, 2:7] == (255, 0, 0)).all()


def test_the_line_of_the_penumbra_runs_around_the_core_too(a_study: ReportContent) -> None:
    outlines = tile_outlines(a_study, view_of(a_study))
    assert (outlines["penumbra"] >= outlines["core"]).all()


def test_voxels_that_lie_together_are_circled_and_scattered_ones_are_not() -> None:
    together = np.zeros((1, 100, 100), dtype=bool)
    together[0, 40, 50] = True
    circled, dotted = (np.zeros((1, 200, 200, 3), dtype=np.uint8) for _ in range(2))
    draw_place(circled, together, (0, 0, 1.0))
    drawn = np.argwhere(circled[0, :, :, 2] == 255)
    assert np.abs(drawn.mean(axis=0) - (80.5, 100.5)).max() < 0.6
    assert 20 < np.ptp(drawn[:, 0]) < 32
    scattered = together.copy()
    scattered[0, 5, 5] = scattered[0, 95, 95] = True
    draw_place(dotted, scattered, (0, 0, 1.0))
    assert 3 * 4 <= (dotted[0, :, :, 2] == 255).sum() <= 3 * 9


def test_a_resized_mask_keeps_its_share_of_the_picture() -> None:
    rows, columns = np.indices((200, 160))
    mask = ((rows - 90) ** 2 + (columns - 70) ** 2 < 50**2)[None]
    assert resize_mask(mask, (80, 64)).mean() == pytest.approx(mask.mean(), rel=0.02)


def test_few_slices_are_all_shown() -> None:
    assert choose_slices(np.zeros((8, 4, 4), bool), np.zeros((8, 4, 4), bool), 8) == list(range(8))


def test_of_many_slices_the_one_with_the_largest_lesion_is_among_the_shown() -> None:
    for largest in range(32):
        lesion = np.zeros((32, 4, 4), dtype=bool)
        lesion[largest] = True
        chosen = choose_slices(np.ones((32, 4, 4), dtype=bool), lesion, 8)
        assert largest in chosen
        assert len(set(chosen)) == 8
        assert chosen == sorted(chosen)


def test_slices_with_hardly_any_tissue_are_passed_over() -> None:
    tissue = np.ones((32, 4, 4), dtype=bool)
    tissue[:9, :, 1:] = tissue[28:, :, 1:] = False
    chosen = choose_slices(tissue, np.zeros((32, 4, 4), dtype=bool), 8)
    assert (chosen[0], chosen[-1]) == (9, 27)


def test_tissue_in_fewer_slices_than_are_shown_does_not_show_a_slice_twice() -> None:
    for only in range(32):
        tissue = np.zeros((32, 4, 4), dtype=bool)
        tissue[only] = True
        chosen = choose_slices(tissue, tissue, 8)
        assert only in chosen
        assert len(set(chosen)) == 8


def test_tiles_are_laid_out_in_reading_order() -> None:
    numbered = np.arange(1, 6, dtype=np.uint8)[:, None, None, None] * np.ones((5, 2, 2, 3), dtype=np.uint8)
    sheet = strip(numbered, per_line=3, gap=1)
    assert sheet.shape == (5, 8, 3)
    assert sheet[0, [0, 3, 6], 0].tolist() == [1, 2, 3]
    assert sheet[3, [0, 3, 6], 0].tolist() == [4, 5, 0]


def test_ttp_is_not_shown_twice_where_tmax_is_the_same(a_study: ReportContent) -> None:
    assert "TTP" not in mosaic_maps(a_study)
    assert "Tmax" in mosaic_maps(a_study)
    by_argmax = replace(a_study, summary={**a_study.summary, "tmax_definition": "argmax"})
    assert {"TTP", "Tmax"} <= set(mosaic_maps(by_argmax))
