"""What the automatic readers draw on maps of a disk of brain."""

import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.validation.maps_readers import READERS, prepare_reading, read_lesion

HEALTHY = {"CBV": 2.5, "CBF": 40.0, "TTP": 3.0}


@pytest.fixture(scope="module")
def brain(written_source):
    return written_source(1).load("P0").brain


@pytest.fixture(scope="module")
def read(brain):
    """``read(**values)``: both readings of a brain with these values in a square, and the square."""
    baseline = np.where(brain, 35.0, -160.0)
    square = np.zeros_like(brain)
    square[:, 12:20, 5:11] = True

    def readings(**values):
        maps = {
            name: np.where(square, values.get(name, healthy), healthy).astype(np.float32)
            for name, healthy in HEALTHY.items()
        }
        prepared = prepare_reading(maps, brain, baseline, np.diag([-6.0, -6.0, 6.0, 1.0]))
        return {name: read_lesion(reader, prepared) for name, reader in READERS.items()}, square & brain

    return readings


def overlap(mask, square):
    return np.count_nonzero(mask & square) / np.count_nonzero(square)


def test_nothing_is_drawn_on_a_healthy_brain(read):
    for reading in read()[0].values():
        assert not reading.hypoperfusion.any()
        assert not reading.core.any()


def test_a_late_region_without_enough_flow_is_hypoperfused_for_both(read):
    readings, square = read(TTP=8.0, CBF=20.0)

    for reading in readings.values():
        assert overlap(reading.hypoperfusion, square) > 0.9
        assert not reading.core.any()


def test_a_late_region_of_normal_flow_is_hypoperfused_for_the_relative_reader_only(read):
    readings, square = read(TTP=8.0)

    assert overlap(readings["R1"].hypoperfusion, square) > 0.9
    assert not readings["R2"].hypoperfusion.any()


@pytest.mark.parametrize(
    ("values", "reader"),
    [({"CBF": 8.0}, "R1"), ({"CBF": 20.0, "CBV": 1.0}, "R2")],
    ids=["flow below 30 %", "volume below 1.5"],
)
def test_each_reader_sees_core_by_its_own_rule_and_within_the_hypoperfused_tissue(read, values, reader):
    readings, square = read(TTP=8.0, **values)
    (other,) = set(READERS) - {reader}

    assert overlap(readings[reader].core, square) > 0.9
    assert not readings[other].core.any()
    assert not (readings[reader].core & ~readings[reader].hypoperfusion).any()


def test_little_flow_and_volume_without_delay_are_no_core(read):
    for reading in read(CBF=8.0, CBV=1.0)[0].values():
        assert not reading.core.any()


def test_a_brain_that_is_late_everywhere_cannot_be_read(brain):
    maps = {name: np.full(brain.shape, value, np.float32) for name, value in {**HEALTHY, "TTP": 9.0}.items()}

    with pytest.raises(ProcessingError, match="normal blood flow"):
        prepare_reading(maps, brain, np.where(brain, 35.0, -160.0), np.diag([-6.0, -6.0, 6.0, 1.0]))
