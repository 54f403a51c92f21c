"""The yardstick goes through all frames and can be stopped between them."""

import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.phantom import tile_phantom
from CTPerfusionLib.validation.resampling import resample_frames, resampling_part


@pytest.fixture(scope="module")
def series():
    return tile_phantom(seed=301, n_frames=9, interval=2.0).series


def test_every_frame_is_resampled(series):
    fractions = []

    resample_frames(series, fractions.append)

    assert resampling_part(series).n_frames == 9
    assert len(fractions) == 9 + 1
    assert fractions[-1] == 1.0


def test_it_can_be_stopped_between_frames(series):
    def stop(fraction):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        resample_frames(series, stop)
