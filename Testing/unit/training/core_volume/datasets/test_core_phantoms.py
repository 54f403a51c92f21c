"""Simulated patients with large and small cores: what varies, and how a head becomes a patient."""

import json
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.phantom import SCANNER_SCHEMES
from CTPerfusionLib.training.core_volume.datasets import (
    PhantomCoreSource,
    core_variation,
    phantom_core_patient,
)
from CTPerfusionLib.training.datasets import DatasetError
from CTPerfusionLib.training.datasets.head_variation import head_variation, scanner_schemes

SCHEMES = scanner_schemes("siemens-shuttle")
COHORT = [core_variation(seed, SCHEMES) for seed in range(10_000, 11_700)]


def asked(lesion: str) -> np.ndarray:
    return np.array([each.core_ml for each in COHORT if each.head.lesion == lesion])


def test_nearly_all_simulated_patients_have_a_stroke():
    healthy = [each for each in COHORT if each.core_ml is None]

    assert 0 < len(healthy) < 0.1 * len(COHORT)
    assert all(each.head.lesion == "none" for each in healthy)


def test_the_core_varies_on_its_own_and_not_with_the_blocked_artery_alone():
    trunk, branch = asked("m1"), asked("m2")

    assert np.percentile(trunk, 10) < np.median(branch) < np.median(trunk) < branch.max()
    # There is no volume between 3 and 60 mL that no patient has, as there is where the artery decides.
    volumes = np.sort(np.concatenate([trunk, branch]))
    assert np.diff(volumes[(volumes > 3.0) & (volumes < 60.0)]).max() < 1.0


def test_half_the_cores_are_smaller_than_about_thirty_millilitres():
    volumes = [each.core_ml or 0.0 for each in COHORT]

    assert 20.0 < np.median(volumes) < 35.0
    assert np.percentile(volumes, 90) > 60.0


def test_all_but_lesion_and_core_is_as_in_the_other_phantoms():
    for seed in range(320, 340):
        head = core_variation(seed, SCHEMES).head
        assert replace(head, lesion="") == replace(head_variation(seed, SCHEMES), lesion="")


def test_a_patient_depends_on_the_seed_and_the_schemes_alone():
    assert core_variation(305, SCHEMES) == core_variation(305, SCHEMES)
    assert len({core_variation(seed, SCHEMES).core_ml for seed in range(10_000, 10_016)}) > 12


def test_a_head_becomes_two_slices_and_the_volume_of_its_core(a_stroke_head, settings):
    patient = phantom_core_patient("head", a_stroke_head, settings)

    truth = a_stroke_head.truth
    assert patient.core_ml == pytest.approx(truth.core.sum() * a_stroke_head.series.voxel_volume_ml)
    assert patient.core_ml > 20.0
    assert patient.stack.shape == (2, 32, 32, 32)
    assert patient.groups["lesion"] == "m1"
    assert 0.0 <= patient.groups["slices_missed_mm"] < 15.0
    slices = patient.hounsfield
    assert (slices.min(), slices.max()) == (0.0, pytest.approx(200.0, abs=1 / 16))
    # Contrast passes through the middle of the brain.
    middle = slices[:, :, 8:24, 10:22].mean(axis=(2, 3))
    assert (middle.max(axis=1) - middle[:, :3].mean(axis=1) > 3.0).all()


def test_a_scan_that_is_too_short_is_refused_by_name(a_stroke_head, settings):
    series = a_stroke_head.series
    short = replace(a_stroke_head, series=series.with_frames(np.arange(32) < 20))

    with pytest.raises(DatasetError, match="Patient head cannot be used"):
        phantom_core_patient("head", short, settings)


@pytest.fixture
def a_short_scheme(monkeypatch):
    """Scanners of which one scans two slabs in as few frames as the network takes."""
    scheme = replace(SCANNER_SCHEMES["siemens-shuttle"], name="brief", n_frames=17, interval=2.8, n_slices=8)
    monkeypatch.setattr(
        "CTPerfusionLib.training.datasets.head_variation.SCANNER_SCHEMES",
        {**SCANNER_SCHEMES, "brief": scheme},
    )
    return "brief"


def test_a_patient_of_the_source_is_its_seed_on_its_scanner(a_short_scheme, settings):
    source = PhantomCoreSource([301, 302], settings, scanner=a_short_scheme)
    shares = []
    patient = source.load("head-0302", on_progress=shares.append)

    assert source.patients == ("head-0301", "head-0302")
    assert patient.patient == "head-0302"
    assert patient.groups["scanner"] == "brief"
    assert patient.groups["lesion"] == core_variation(302, SCHEMES).head.lesion
    assert patient.core_ml > 0
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_what_phantoms_are_made_from_is_recorded(settings):
    source = PhantomCoreSource([301], settings, scanner=["toshiba", "ge-cine"])

    assert source.recipe["scanners"] == ["toshiba", "ge-cine"]
    assert json.loads(json.dumps(source.recipe)) == source.recipe
    assert source.recipe != PhantomCoreSource([301], settings, scanner="toshiba").recipe
    assert (source.skipped, source.fingerprint("head-0301")) == ({}, "")


@pytest.mark.parametrize(
    ("seeds", "options", "reason"),
    [
        ([], {}, "seeds of the phantoms"),
        ([1, 1], {}, "seeds of the phantoms"),
        ([1], {"scanner": "none-such"}, "scanner scheme 'none-such'"),
        ([1], {"size": "huge"}, "size of phantoms 'huge'"),
    ],
)
def test_phantoms_that_there_are_not_are_refused(settings, seeds, options, reason):
    with pytest.raises(ConfigurationError, match=reason):
        PhantomCoreSource(seeds, settings, **options)


def test_an_unknown_patient_is_refused(settings):
    with pytest.raises(DatasetError, match="no patient head-0999"):
        PhantomCoreSource([301], settings).load("head-0999")
