import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.preprocessing import head_mask, segment_tissue

GEOMETRY = np.diag([1.0, 1.0, 5.0, 1.0])


@pytest.fixture(scope="module")
def masks(head):
    return segment_tissue(head.series)


def share(mask, region):
    return float(mask[region].mean())


def test_the_head_holds_skull_and_brain_but_neither_air_nor_the_head_rest(head):
    mask = head_mask(head.series.voxels[0], head.series.ijk_to_ras)
    assert mask[head.brain].all()
    assert not mask[:, :8].any()
    assert not mask[:, -8:].any()


def test_cavities_belong_to_the_head():
    image = np.full((1, 100, 100), -1000.0)
    image[0, 20:80, 20:80] = 40.0
    image[0, 45:55, 45:55] = -1000.0
    assert head_mask(image, GEOMETRY)[0, 50, 50]


def test_an_image_of_air_has_no_head():
    with pytest.raises(ProcessingError, match="No head was found"):
        head_mask(np.full((2, 64, 64), -1000.0), GEOMETRY)


@pytest.mark.parametrize("value", [-1024.0, 0.0], ids=["air", "zeros"])
def test_a_blank_slice_within_the_head_is_refused(head, value):
    image = head.series.voxels[0].copy()
    image[1] = value
    with pytest.raises(ProcessingError, match=f"Slice 2 of {len(image)} is blank, though slices below and"):
        head_mask(image, head.series.ijk_to_ras)


def test_blank_slices_above_the_head_are_no_gap():
    image = np.full((3, 100, 100), -1000.0)
    image[0, 20:80, 20:80] = np.random.default_rng(0).normal(40.0, 5.0, (60, 60))
    assert head_mask(image, GEOMETRY)[0].any()


def test_a_head_without_brain_is_refused(head):
    solid = np.where(head.series.voxels > -200, 1000.0, -1000.0).astype(np.float32)
    with pytest.raises(ProcessingError, match="No soft tissue was found in the head"):
        segment_tissue(head.series.with_voxels(solid))


def test_the_brain_fills_the_skull_and_stays_inside(head, masks):
    assert share(masks.brain, head.brain & ~head.csf) > 0.99
    assert not masks.brain[~head.brain].any()


def test_dead_and_dark_tissue_are_analysed(head, masks):
    assert share(masks.tissue, head.dead & ~head.csf) > 0.995
    assert share(masks.tissue, head.dark_white & ~head.csf) > 0.995


def test_fluid_is_not_analysed(head, masks):
    assert share(masks.tissue, head.csf) < 0.02
    assert share(masks.csf, head.csf & masks.brain) > 0.97


def test_vessels_and_calcifications_are_recognised_and_not_analysed(head, masks):
    assert share(masks.vessels, head.artery) == 1.0
    assert share(masks.vessels, head.vein & masks.brain) > 0.95
    assert share(masks.calcification, head.calcification) == 1.0
    assert not masks.tissue[head.artery | head.vein | head.calcification].any()


def test_tissue_far_from_vessels_is_not_called_a_vessel(head, masks):
    assert masks.vessels.sum() < 2.5 * (head.artery | head.vein).sum()


def test_tissue_is_the_brain_without_every_other_class(head):
    valid = np.ones(head.series.shape, dtype=bool)
    valid[:, 100:110, 60:90] = False
    masks = segment_tissue(head.series, valid=valid)
    others = masks.csf | masks.vessels | masks.calcification | masks.invalid
    np.testing.assert_array_equal(masks.tissue, masks.brain & ~others)
    np.testing.assert_array_equal(masks.invalid, ~valid)
    assert not masks.tissue[:, 100:110, 60:90].any()
    assert (masks.head | ~masks.brain).all()


@pytest.mark.parametrize("pixel", [0.6, 1.95])
def test_the_volume_does_not_depend_on_the_size_of_the_pixels(draw, masks, pixel):
    other = draw(pixel=pixel, n_slices=2, times=np.arange(30) * 1.5)
    volume = segment_tissue(other.series).tissue.sum() * pixel**2 / 2
    assert volume == pytest.approx(masks.tissue.sum() / 3, rel=0.04)


@pytest.mark.parametrize(
    "pose", [{"tilt": 25.0}, {"shift": 30.0}, {"shift": 50.0}, {"opening": 60.0}, {"opening": 110.0}]
)
def test_a_turned_shifted_cut_off_or_opened_head_keeps_its_brain_apart_from_the_scalp(draw, pose):
    head = draw(n_slices=2, times=np.arange(30) * 1.5, **pose)
    masks = segment_tissue(head.series)
    assert share(masks.brain, head.brain & ~head.csf) > 0.96
    assert masks.brain[~head.brain].sum() < 0.01 * head.brain.sum()
    assert share(masks.tissue, head.dead & ~head.csf) > 0.98


def test_few_noisy_frames_still_keep_dead_tissue(draw):
    head = draw(n_slices=2, times=np.arange(20) * 2.8, noise=8.0)
    assert share(segment_tissue(head.series).tissue, head.dead & ~head.csf) > 0.98


def test_the_neck_below_the_skull_is_not_brain(head):
    voxels = head.series.voxels.copy()
    neck = voxels[:, 0]
    soft = head.brain[0] | (voxels[0, 0] > 500)
    neck[:, soft] = 55.0
    neck[:, 105:120, 103:118] = 1000.0
    masks = segment_tissue(head.series.with_voxels(voxels))
    assert not masks.brain[0].any()
    assert share(masks.brain[1:], (head.brain & ~head.csf)[1:]) > 0.99


def test_voxels_without_trustworthy_values_are_invalid_and_not_analysed(head):
    voxels = head.series.voxels.copy()
    padded, missing, saturated = (1, 110, 70), (1, 110, 150), (1, 60, 110)
    voxels[(7, *padded)] = -1024.0
    voxels[(9, *missing)] = np.nan
    voxels[:, *saturated] = 3071.0
    masks = segment_tissue(head.series.with_voxels(voxels))
    for place in (padded, missing, saturated):
        assert masks.invalid[place]
        assert not masks.tissue[place]
    near_metal = np.hypot(*np.ogrid[-60:160, -110:110]) <= 5.0
    assert masks.invalid[1][near_metal].all()
    assert masks.invalid.sum() == near_metal.sum() + 2


@pytest.mark.parametrize("interval", [1.0, 2.5])
def test_missing_frames_and_irregular_times_do_not_change_the_tissue(draw, interval):
    times = np.arange(40.0 // interval) * interval
    whole = draw(n_slices=2, times=times)
    times = np.delete(times, [2, 3, 9])
    part = draw(n_slices=2, times=times)
    tissue, fewer = segment_tissue(whole.series).tissue, segment_tissue(part.series).tissue
    assert (tissue & fewer).sum() > 0.985 * (tissue | fewer).sum()


def test_an_opening_in_the_neck_is_not_closed_by_its_skin(head):
    voxels = head.series.voxels.copy()
    soft = voxels[0, 0] > -500
    voxels[:, 0][:, soft] = 45.0
    masks = segment_tissue(head.series.with_voxels(voxels))
    assert not masks.brain[0].any()


def test_an_eye_socket_in_front_of_the_brain_is_no_hole(head):
    """Bone lies behind it, 50 mm below the skin."""
    voxels = head.series.voxels.copy()
    rows, columns = np.mgrid[:220, :220]
    cone = (np.abs(columns - 85) < 0.35 * (70 - rows)) & (rows < 62) & (rows > 5)
    wall = (np.abs(columns - 85) < 0.35 * (70 - rows) + 4) & (rows < 67) & (rows > 14)
    inside = head.brain[0] | (voxels[0, 0] > -500)
    voxels[:, :, wall & inside] = 900.0
    voxels[:, :, cone & inside] = 30.0
    masks = segment_tissue(head.series.with_voxels(voxels))
    assert not masks.brain[:, cone].any()
    assert share(masks.brain, head.brain & ~head.csf & ~wall & ~cone) > 0.97


def test_slices_with_their_own_times_are_classified_alike(draw):
    times = np.arange(20)[:, None] * 2.0 + np.array([0.0, 1.0, 1.0])
    head = draw(times=times, onset=8.3)
    masks = segment_tissue(head.series)
    assert share(masks.tissue, head.dead & ~head.csf) > 0.98
    assert not masks.tissue[head.artery | head.vein].any()
    sizes = masks.tissue.sum(axis=(1, 2))
    assert np.ptp(sizes) < 0.02 * sizes.max()
