"""The residue function of tissue is told from its mean curves, in closed form and against noise."""

import numpy as np
import pytest
from scipy import integrate, special

from CTPerfusionLib.kinetics import ResidueShape, estimate_residue_shape
from CTPerfusionLib.kinetics.arterial_input import ArterialInput

TIMES = np.arange(0.0, 45.0, 0.5)
SURVIVAL = {
    ResidueShape.EXPONENTIAL: lambda t, mtt: np.exp(-t / mtt),
    ResidueShape.GAMMA: lambda t, mtt: special.gammaincc(3.0, 3.0 * t / mtt),
    ResidueShape.BOX: lambda t, mtt: (t < mtt).astype(float),
}


def bolus(times):
    late = np.clip(times - 8.0, 0.0, None) / 4.5
    return 350.0 * late**3 * np.exp(3.0 * (1.0 - late))


def tissue_curve(shape, times, mtt, delay, flow=0.01):
    """Integrate the convolution of bolus and residue by Simpson's rule on 4001 points."""
    elapsed = np.linspace(0.0, 40.0, 4001)
    inflow = bolus(times[:, None] - delay - elapsed[None])
    return flow * integrate.simpson(inflow * SURVIVAL[shape](elapsed, mtt)[None], x=elapsed, axis=1)


@pytest.fixture(scope="module")
def arterial():
    return ArterialInput.from_samples(TIMES, bolus(TIMES))


@pytest.mark.parametrize("shape", ResidueShape)
@pytest.mark.parametrize("mtt", [3.5, 5.0])
def test_the_residue_function_of_a_mean_curve_is_found(shape, mtt, arterial):
    curve = tissue_curve(shape, TIMES, mtt, delay=0.7)

    assert estimate_residue_shape([(TIMES, curve)], arterial) is shape


@pytest.mark.parametrize("shape", ResidueShape)
def test_slices_with_times_of_their_own_and_noise_agree_on_it(shape, arterial):
    rng = np.random.default_rng(5)
    times = [np.arange(offset, 45.0, 1.5) for offset in (0.0, 0.4, 1.1)]
    curves = [(t, tissue_curve(shape, t, 4.2, 0.5) + rng.normal(0.0, 0.05, t.size)) for t in times]

    assert estimate_residue_shape(curves, arterial) is shape


def test_without_curves_it_is_the_middle_of_the_family(arterial):
    assert estimate_residue_shape([], arterial) is ResidueShape.GAMMA
