"""The reference curves of OSIPI for dynamic susceptibility contrast; their tolerances are OSIPI's."""

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.kinetics import DECONVOLUTIONS, deconvolve, fit_box_model, fit_residue_family

FILE = Path(__file__).parent / "data" / "osipi_dsc_dro.csv"
PASSES_ALL = {
    "bayes": fit_residue_family,
    "osvd": partial(deconvolve, method="osvd"),
    "ssvd": partial(deconvolve, method="ssvd"),
}
UNIT_DENSITY = {"kappa": 1.0, "rho": 1.0}


@pytest.fixture(scope="module")
def curves():
    with FILE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    tissue, aif = (np.array([row[name].split() for row in rows], dtype=float) for name in ("C_tis", "C_aif"))
    cbv, cbf, interval = (np.array([float(row[name]) for row in rows]) for name in ("cbv", "cbf", "tr"))
    np.testing.assert_array_equal(aif, np.broadcast_to(aif[0], aif.shape))
    return tissue, np.arange(tissue.shape[1]) * interval[0], aif[0], cbv, cbf


def held_over_reference(times, cbv, cbf):
    """The curves are sums by rectangles: exponentials higher by x / (1 - exp(-x)), half a frame early."""
    x = times[1] * cbf / (60.0 * cbv)
    return x / -np.expm1(-x)


def assert_within(values, reference, absolute):
    assert np.all(np.abs(values - reference) <= absolute + 0.1 * reference)


@pytest.mark.parametrize("method", PASSES_ALL)
def test_volume_and_flow_of_all_curves_lie_within_the_tolerances(curves, method):
    tissue, times, aif, cbv, cbf = curves

    result = PASSES_ALL[method](tissue, times, aif, **UNIT_DENSITY)

    assert_within(result.cbv, cbv, 1.0)
    assert_within(result.cbf, cbf, 15.0)


def test_the_residue_family_reads_what_the_curves_hold(curves):
    tissue, times, aif, cbv, cbf = curves

    fit = fit_residue_family(tissue, times, aif, **UNIT_DENSITY)

    excess = held_over_reference(times, cbv, cbf)
    assert np.mean(np.abs(fit.cbv - excess * cbv)) < 0.06
    assert np.mean(np.abs(fit.cbf - excess * cbf)) < 1.9
    assert np.median(fit.delay) == pytest.approx(-times[1] / 2.0, abs=0.15)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_deconvolutions_read_the_volume_that_the_curves_hold(curves, method):
    tissue, times, aif, cbv, cbf = curves
    held = held_over_reference(times, cbv, cbf) * cbv

    result = deconvolve(tissue, times, aif, method=method, **UNIT_DENSITY)

    assert np.mean(np.abs(result.cbv - held)) < 0.08
    assert np.corrcoef(result.cbv, held)[0, 1] > 0.995


def test_the_box_reads_volumes_within_the_tolerance_and_flow_too_low_but_in_order(curves):
    tissue, times, aif, cbv, cbf = curves

    fit = fit_box_model(tissue, times, aif, **UNIT_DENSITY)

    assert_within(fit.cbv, cbv, 1.0)
    assert np.all(fit.cbf < cbf)
    assert np.corrcoef(fit.cbf, cbf)[0, 1] > 0.99
