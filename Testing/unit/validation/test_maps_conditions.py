"""Conditions under which simulated heads are scanned, and what becomes of a head under them."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.networks import InputSettings, ModelCard
from CTPerfusionLib.networks.map_target import MAP_TARGETS
from CTPerfusionLib.phantom import SCANNER_SCHEMES
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.series import PerfusionSeries, TimeSource
from CTPerfusionLib.training.datasets.head_variation import head_variation
from CTPerfusionLib.validation.maps_case import USUAL
from CTPerfusionLib.validation.maps_conditions import (
    CONDITIONS,
    JITTER_MM,
    Simulation,
    displaced,
    every_nth_frame,
    shorter_by,
)
from CTPerfusionLib.validation.maps_studied import SimulatedHeads, simulated_patients

SPACING = (0.5, 0.5, 5.0)


@pytest.fixture(scope="module")
def series():
    """A smooth bright blob in the middle, the same in each of 21 frames."""
    k, j, i = np.indices((7, 41, 41))
    squared = ((i - 20) * 0.5 / 2.2) ** 2 + ((j - 20) * 0.5 / 2.2) ** 2 + ((k - 3) * 5.0 / 4.0) ** 2
    blob = 200.0 * np.exp(-0.5 * squared)
    voxels = np.repeat(blob[None], 21, axis=0).astype(np.float32)
    return PerfusionSeries(voxels, np.arange(21) * 0.5, np.diag([*SPACING, 1.0]), TimeSource.SIMULATED)


def centres(series):
    """Centre of mass of each frame in mm, shape (T, 3) as column, row, slice."""
    found = np.array([ndimage.center_of_mass(frame) for frame in series.voxels])
    return found[:, ::-1] * SPACING


def test_each_frame_but_the_first_is_displaced_by_a_millimetre(series):
    moved = centres(displaced(series, 301))
    distance = np.linalg.norm(moved - centres(series), axis=1)

    assert distance[0] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(distance[1:], JITTER_MM, rtol=0.02)


def test_displacements_differ_by_frame_and_by_head_and_can_be_repeated(series):
    first, again, other = (displaced(series, seed).voxels for seed in (301, 301, 302))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[1], other[1])
    assert not np.array_equal(first[1], first[2])


def test_frames_are_left_out_with_their_times(series):
    np.testing.assert_allclose(every_nth_frame(3)(series, 0).times, np.arange(7) * 1.5)
    assert shorter_by(3.0)(series, 0).times[-1] == pytest.approx(7.0)


def test_a_scan_differs_from_the_usual_one_in_what_is_said_and_nothing_else():
    head = head_variation(301, (SCANNER_SCHEMES["ge-cine"],))
    noisy, still, elsewhere = (
        Simulation(**changes).of(head)
        for changes in ({"noise": 2.0}, {"motion": "none"}, {"scanner": "toshiba"})
    )

    assert Simulation().of(head) == head
    assert noisy.scanner.noise_hu == pytest.approx(2.0 * head.scanner.noise_hu)
    assert (noisy.motion, noisy.lesion) == (head.motion, head.lesion)
    assert (still.motion, still.scanner) == ("none", head.scanner)
    assert (elsewhere.scanner.name, elsewhere.scanner.n_frames) == ("toshiba", 30)


def test_the_usual_condition_comes_first_and_heads_are_simulated_once_for_each_scan():
    simulations = [condition.simulation for condition in CONDITIONS.values()]
    runs = 1 + sum(one != next_one for one, next_one in pairwise(simulations))

    assert next(iter(CONDITIONS)) == USUAL
    assert runs == len(set(simulations))


@pytest.fixture(scope="module")
def studied():
    """A head as it is, and with a record that ends too early for the model."""
    conditions = (CONDITIONS[USUAL], CONDITIONS["record ends 10 s earlier"])
    heads = SimulatedHeads((301,), "tiny", disturbed=1, conditions=conditions)
    card = ModelCard("tried", "Tried", "unet-small", tuple(MAP_TARGETS.values()), InputSettings())
    return list(simulated_patients(heads, card, ("CBF", "TTP"), ignore_progress))


def test_heads_come_with_truth_and_with_the_maps_of_kinetic_methods(studied):
    usual = studied[0]
    patient = usual.patient
    known = patient.tissue & np.isfinite(patient.target("TTP"))

    assert (usual.name, usual.condition, usual.refusal, usual.failure) == ("head-0301", USUAL, "", "")
    assert patient.target_names == ("CBF", "TTP")
    assert set(usual.others) == {"bayes", "nlr"}
    fitted = usual.others["bayes"]["TTP"]
    both = known & np.isfinite(fitted)
    assert np.corrcoef(patient.target("TTP")[both], fitted[both])[0, 1] > 0.8


def test_a_scan_that_the_model_refuses_in_use_is_studied_nevertheless_and_says_why(studied):
    short = studied[1]

    assert short.condition == "record ends 10 s earlier"
    assert "lasts 34.0 s" in short.refusal
    assert short.patient.stack.shape == studied[0].patient.stack.shape
    # The last frame is held for the 10 s that are missing.
    held = short.patient.stack[:, -20:].astype(float)
    assert np.ptp(held, axis=1).max() == 0.0


def test_heads_after_the_first_ones_are_scanned_as_usual_only():
    heads = SimulatedHeads((301, 303), "tiny", disturbed=1)

    assert heads.conditions_of(0) == tuple(CONDITIONS.values())
    assert heads.conditions_of(1) == (CONDITIONS[USUAL],)
