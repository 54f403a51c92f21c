import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.vessels import select_aif

SHUTTLE = np.arange(20)[:, None] * 2.0 + np.array([0.0, 0.4, 0.8, 1.2])


def test_it_lies_in_arteries_and_not_in_the_brighter_late_collateral_or_the_vein(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    assert block.inside(aif.voxels, block.arteries) == 1.0


def test_it_follows_the_arterial_curve_in_shape_time_and_height(block, true_artery):
    aif = select_aif(block.series, block.masks, block.baseline)
    truth = true_artery(aif.times)
    assert np.corrcoef(aif.enhancement, truth)[0, 1] > 0.998
    assert aif.quality["peak_hu"] == pytest.approx(300.0, rel=0.04)
    assert aif.quality["time_to_peak_s"] == pytest.approx(13.5, abs=0.3)
    assert aif.enhancement.sum() == pytest.approx(truth.sum(), rel=0.04)


def test_voxels_at_the_edge_of_an_artery_do_not_pull_it_down(build_block):
    block = build_block(noise=0.0)
    aif = select_aif(block.series, block.masks, block.baseline)
    assert aif.quality["peak_hu"] == pytest.approx(300.0, rel=0.01)


@pytest.mark.parametrize("times", [np.arange(40) * 1.0, np.arange(20) * 2.0, SHUTTLE])
def test_it_is_found_at_other_sampling_and_with_times_per_slice(build_block, true_artery, times):
    block = build_block(times=times)
    aif = select_aif(block.series, block.masks, block.baseline)
    assert np.isin(block.series.frame_times, aif.times).all()
    assert block.inside(aif.voxels, block.arteries) > 0.9
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.995


def test_quality_and_reason_describe_the_curve(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    assert aif.quality["n_voxels"] == len(aif.voxels)
    assert aif.quality["peak_hu"] == aif.enhancement.max()
    assert aif.quality["baseline_sd_hu"] < 2.0
    assert aif.quality["tail"] < 0.05
    assert str(len(aif.voxels)) in aif.reason
    assert aif.reason.endswith(".")


def test_the_same_series_gives_the_same_voxels(block):
    first, second = (select_aif(block.series, block.masks, block.baseline) for _ in range(2))
    np.testing.assert_array_equal(first.voxels, second.voxels)


def test_an_artery_whose_first_pass_the_scan_cuts_off_is_still_found(build_block):
    block = build_block(times=np.arange(34) * 0.5)
    aif = select_aif(block.series, block.masks, block.baseline)
    assert block.inside(aif.voxels, block.arteries) == 1.0


def test_without_an_artery_the_remedy_names_the_option(build_block):
    block = build_block(with_vessels=False, noise=1.0)
    with pytest.raises(ProcessingError, match=r"No artery was found.*--aif COLUMN,ROW,SLICE"):
        select_aif(block.series, block.masks, block.baseline)


def test_cancelling_stops_it(block):
    class StopError(Exception):
        pass

    def stop(_: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        select_aif(block.series, block.masks, block.baseline, on_progress=stop)
