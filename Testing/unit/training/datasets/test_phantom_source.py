"""Head phantoms as patients: who varies how, what their target is, and which cannot be used."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom
from CTPerfusionLib.pipeline import PipelineConfig, StageClock, compute_study_maps, prepare_series
from CTPerfusionLib.training.datasets import DatasetError, PhantomReference, PhantomSource, phantom_patient
from CTPerfusionLib.training.datasets.head_variation import head_variation, scanner_schemes

TARGETS = ("CBV", "CBF", "TTP", "MTT")


def test_three_of_four_heads_have_a_stroke_and_most_move():
    heads = [head_variation(seed, scanner_schemes("ge-cine")) for seed in range(400)]

    assert sum(head.lesion == "none" for head in heads) == 100
    assert {head.microangiopathy for head in heads} == {0, 1, 2, 3}
    assert np.mean([head.motion == "none" for head in heads]) == pytest.approx(0.2, abs=0.05)
    noise = np.array([head.scanner.noise_hu for head in heads])
    assert noise.min() > 4.5
    assert noise.max() < 8.0
    assert noise.mean() == pytest.approx(6.25, abs=0.15)


def test_a_seed_is_the_same_patient_on_every_scanner():
    one, other = (head_variation(305, scanner_schemes(name)) for name in ("ge-cine", "toshiba"))

    assert other.scanner == replace(SCANNER_SCHEMES["toshiba"], noise_hu=one.scanner.noise_hu)
    assert replace(other, scanner=one.scanner) == one


def test_several_scanners_are_used_about_equally_often():
    schemes = scanner_schemes(["ge-cine", "toshiba"])
    names = [head_variation(seed, schemes).scanner.name for seed in range(200)]

    assert 70 < names.count("toshiba") < 130


def test_patients_are_named_for_their_seeds(settings):
    assert PhantomSource([303, 301], settings, ["CBF"]).patients == ("head-0303", "head-0301")


def test_a_simulated_patient_comes_with_its_truth(settings, a_small_head):
    patient = phantom_patient("head-0301", a_small_head, settings, TARGETS)

    assert patient.stack.shape == (4, 18, 32, 32)
    assert patient.context.shape == (6, 18)
    for channel, name in enumerate(TARGETS):
        np.testing.assert_array_equal(patient.targets[:, channel], a_small_head.truth.maps[name])
    np.testing.assert_array_equal(patient.ijk_to_ras, a_small_head.series.ijk_to_ras)
    assert patient.groups["lesion"] == "m1"
    assert patient.groups["scanner"] == "ge-cine"
    assert patient.groups["noise"] > 0


def test_fitted_maps_are_those_of_a_run(settings, a_small_head):
    config = PipelineConfig(method="nlr", device="cpu", normalisation="global")
    prepared = prepare_series(a_small_head.series, config, StageClock())
    expected = compute_study_maps(prepared, config, StageClock()).maps.maps

    patient = phantom_patient("head-0301", a_small_head, settings, TARGETS, reference=PhantomReference.NLR)

    for name in TARGETS:
        np.testing.assert_array_equal(patient.target(name), expected[name])
    assert np.isnan(patient.targets[:, 0][~patient.tissue]).all()


def test_a_head_is_simulated_when_it_is_asked_for(settings):
    source = PhantomSource([302], settings, ["CBF", "TTP"])
    patient = source.load("head-0302")

    assert patient.patient == "head-0302"
    assert patient.stack.shape == (8, 18, 128, 128)
    assert patient.targets.shape == (8, 2, 128, 128)
    head = head_variation(302, scanner_schemes("ge-cine"))
    assert patient.groups["microangiopathy"] == head.microangiopathy
    assert patient.groups["lesion"] == head.lesion


def test_a_study_that_does_not_lie_on_its_first_frame_does_not_fit_the_truth(settings, a_small_head):
    voxels = a_small_head.series.voxels.copy()
    voxels[0] = np.roll(voxels[0], 1, axis=-1)
    moved = Phantom(a_small_head.series.with_voxels(voxels), a_small_head.truth, a_small_head.scanner)

    with pytest.raises(DatasetError, match=r"Patient head-0301 cannot be used: Frame .* reference"):
        phantom_patient("head-0301", moved, settings, TARGETS)
    fitted = phantom_patient("head-0301", moved, settings, TARGETS, reference=PhantomReference.NLR)
    assert np.isfinite(fitted.target("CBF")).any()


def test_a_truth_that_is_known_nowhere_or_infinite_is_refused(settings, a_small_head):
    for value, reason in ((np.nan, "known nowhere"), (np.inf, "no numbers")):
        maps = {**a_small_head.truth.maps, "CBF": np.full_like(a_small_head.truth.maps["CBF"], value)}
        wrong = replace(a_small_head, truth=replace(a_small_head.truth, maps=maps))
        with pytest.raises(DatasetError, match=f"Patient head-0301 cannot be used: .*{reason}"):
            phantom_patient("head-0301", wrong, settings, TARGETS)


def test_a_frame_that_holds_no_numbers_is_left_out_and_many_are_refused(settings, a_small_head):
    voxels = a_small_head.series.voxels.copy()
    voxels[5, 1, 14, 14] = np.nan
    one_bad = replace(a_small_head, series=a_small_head.series.with_voxels(voxels.copy()))
    voxels[5:] = np.nan
    most_bad = replace(a_small_head, series=a_small_head.series.with_voxels(voxels))

    patient = phantom_patient("head-0301", one_bad, settings, TARGETS)
    between = (patient.stack[:, 4].astype(float) + patient.stack[:, 6]) / 2
    np.testing.assert_allclose(patient.stack[:, 5][patient.brain], between[patient.brain], atol=1)
    with pytest.raises(DatasetError, match=r"Patient head-0301 cannot be used: .*not finite"):
        phantom_patient("head-0301", most_bad, settings, TARGETS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seeds": []},
        {"seeds": [301, 301]},
        {"seeds": [-1]},
        {"targets": ["Delay"]},
        {"reference": "svd"},
        {"scanner": "philips"},
        {"scanner": []},
        {"size": "huge"},
    ],
)
def test_what_does_not_exist_is_refused(settings, wrong):
    right = {"seeds": [301], "targets": ["CBF"]}
    with pytest.raises(ConfigurationError):
        PhantomSource(settings=settings, **{**right, **wrong})


def test_an_unknown_head_is_refused(settings):
    with pytest.raises(DatasetError, match="no patient head-0999"):
        PhantomSource([301], settings, ["CBF"]).load("head-0999")
