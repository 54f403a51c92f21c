"""Contrast kinetics of the phantom on a fine time grid: arterial input, residue family, unit responses."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

KAPPA = 0.55 / 0.75
"""(1 - Hct of large vessels) / (1 - Hct of capillaries)."""

RHO = 1.05
"""Density of brain tissue, g/mL."""

TIME_STEP = 0.05
"""s; grid on which all convolutions are computed."""

RESIDUE_SHAPES = {"exponential": 1.0, "gamma": 3.0, "box": np.inf}
"""Shape parameter of the gamma-distributed transit times behind each residue function."""

VESSEL_SHAPE = 3.0
"""Transit times between arterial input and a vessel are spread like a gamma distribution of this shape."""

SHORTEST_TRANSIT, LONGEST_TRANSIT, N_TRANSITS = 0.05, 40.0, 112


@dataclass(frozen=True)
class ArterialInput:
    """First and second pass of the bolus as gamma variates.

    Attributes
    ----------
    arrival : float
        s after the first frame.
    peak : float
        HU.
    alpha, beta : float
        Shape (dimensionless) and scale (s) of the first pass.
    second_delay : float
        s from the first to the second arrival.
    second_area : float
        Area of the second pass relative to the first.
    second_spread : float
        Width of the second pass relative to the first.
    """

    arrival: float
    peak: float
    alpha: float
    beta: float
    second_delay: float
    second_area: float
    second_spread: float

    def __call__(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the enhancement in HU at `times` (s)."""
        first = self.peak * _gamma_variate(times - self.arrival, self.alpha, self.beta)
        late = times - self.arrival - self.second_delay
        scale = self.beta * self.second_spread
        height = self.peak * self.second_area / self.second_spread
        return np.asarray(first + height * _gamma_variate(late, self.alpha, scale))

    def dispersed(self, times: NDArray[np.float64], transit: float, delay: float) -> NDArray[np.float64]:
        """Return the enhancement (HU) at `times` in a vessel behind `delay` and a spread of `transit`, s."""
        responses = UnitResponses(self, VESSEL_SHAPE, TIME_STEP, float(np.max(times)), delay)
        row, column = responses.delay_index(np.array(delay)), responses.transit_index(np.array(transit))
        values = [_bilinear(responses.table(float(time)), float(row), float(column)) for time in times]
        return np.array(values)


def _gamma_variate(times: NDArray[np.float64], alpha: float, beta: float) -> NDArray[np.float64]:
    """Return a gamma variate of unit peak that starts at 0."""
    t = np.maximum(times, 0.0) / (alpha * beta)
    return np.asarray(np.power(t, alpha) * np.exp(alpha * (1.0 - t)))


def random_arterial_input(random: np.random.Generator) -> ArterialInput:
    """Return an arterial input as seen at 80 kV with 40 to 50 mL of contrast."""
    return ArterialInput(
        arrival=float(random.uniform(7.0, 10.5)),
        peak=float(random.uniform(280.0, 450.0)),
        alpha=float(random.uniform(2.5, 4.0)),
        beta=float(random.uniform(1.2, 1.8)),
        second_delay=float(random.uniform(15.0, 18.0)),
        second_area=float(random.uniform(0.15, 0.25)),
        second_spread=float(random.uniform(1.6, 2.2)),
    )


def residue_integral(times: NDArray[np.float64], mtt: float, shape: float) -> NDArray[np.float64]:
    """Return the integral of the residue function from 0 to `times`, s.

    The residue is the survival function of gamma-distributed transit times with mean `mtt` and shape
    `shape` (1: exponential; infinite: box), so the integral to infinity is `mtt`.
    """
    t = np.maximum(times, 0.0)
    if np.isinf(shape):
        return np.minimum(t, mtt)
    scaled = shape * t / mtt
    return np.asarray(
        t * scipy.special.gammaincc(shape, scaled) + mtt * scipy.special.gammainc(shape + 1.0, scaled)
    )


class UnitResponses:
    """Enhancement of a voxel that holds 1 mL/mL of blood, for every mean transit time and delay.

    The response to the arterial input a is (a convolved with R(t; MTT)) / MTT: its area is that of a.
    All responses are averaged over the exposure time of a slice.

    Parameters
    ----------
    arterial_input : ArterialInput
    shape : float
        Shape of the transit-time distribution.
    exposure_time : float
        s.
    duration : float
        Time in s up to which responses are needed.
    longest_delay : float
        s.
    """

    def __init__(
        self,
        arterial_input: ArterialInput,
        shape: float,
        exposure_time: float,
        duration: float,
        longest_delay: float,
    ) -> None:
        self.transits = np.geomspace(SHORTEST_TRANSIT, LONGEST_TRANSIT, N_TRANSITS)
        self._n_delays = int(np.ceil(longest_delay / TIME_STEP)) + 2
        n_times = int(np.ceil((duration + exposure_time) / TIME_STEP)) + 2
        # The input at half steps meets residue weights integrated over whole steps: exact in area.
        half_steps = np.asarray((np.arange(n_times) - 0.5) * TIME_STEP, dtype=np.float64)
        inflow = arterial_input(half_steps)
        edges = np.asarray(np.arange(n_times + 1) * TIME_STEP, dtype=np.float64)
        weights = np.stack([np.diff(residue_integral(edges, mtt, shape)) / mtt for mtt in self.transits])
        responses = scipy.signal.fftconvolve(inflow[None, :], weights, axes=1)[:, :n_times]
        self._responses = np.ascontiguousarray(_boxcar(responses, exposure_time).T.astype(np.float32))

    def transit_index(self, mtt: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the fractional column of `mtt` (s) in :meth:`table`."""
        ratio = np.log(LONGEST_TRANSIT / SHORTEST_TRANSIT) / (N_TRANSITS - 1)
        index = np.log(np.maximum(mtt, SHORTEST_TRANSIT) / SHORTEST_TRANSIT) / ratio
        return np.asarray(np.minimum(index, N_TRANSITS - 1.001), dtype=np.float32)

    def delay_index(self, delay: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the fractional row of `delay` (s, not negative) in :meth:`table`."""
        return np.asarray(np.clip(delay / TIME_STEP, 0.0, self._n_delays - 1.001), dtype=np.float32)

    def table(self, time: float) -> NDArray[np.float32]:
        """Return the responses at `time` (s) for all delays and transit times, shape (delays, transits)."""
        position = time / TIME_STEP - np.arange(self._n_delays)
        lower = np.floor(position).astype(int)
        fraction = (position - lower)[:, None].astype(np.float32)
        limit = len(self._responses) - 1
        early = self._responses[np.clip(lower, 0, limit)]
        late = self._responses[np.clip(lower + 1, 0, limit)]
        return np.ascontiguousarray(early + fraction * (late - early))


@dataclass(frozen=True)
class ContrastKinetics:
    """How one patient's contrast travels: the arterial input and the residue function of the tissue.

    Attributes
    ----------
    arterial_input : ArterialInput
    residue : str
        A name in :data:`RESIDUE_SHAPES`.
    """

    arterial_input: ArterialInput
    residue: str

    def responses(
        self, exposure_time: float, duration: float, longest_delay: float
    ) -> tuple[UnitResponses, UnitResponses]:
        """Return the responses of tissue and of vessels; see :class:`UnitResponses`."""
        shapes = (RESIDUE_SHAPES[self.residue], VESSEL_SHAPE)
        tissue, vessels = (
            UnitResponses(self.arterial_input, shape, exposure_time, duration, longest_delay)
            for shape in shapes
        )
        return tissue, vessels


def random_contrast(random: np.random.Generator) -> ContrastKinetics:
    """Return the kinetics of a random patient."""
    arterial_input = random_arterial_input(random)
    return ContrastKinetics(arterial_input, list(RESIDUE_SHAPES)[int(random.integers(len(RESIDUE_SHAPES)))])


def _bilinear(table: NDArray[np.float32], row: float, column: float) -> float:
    i, j = int(row), int(column)
    v, u = row - i, column - j
    early = (1 - u) * table[i, j] + u * table[i, j + 1]
    late = (1 - u) * table[i + 1, j] + u * table[i + 1, j + 1]
    return float((1 - v) * early + v * late)


def _boxcar(responses: NDArray[np.float64], exposure_time: float) -> NDArray[np.float64]:
    """Return the running mean of `responses` (M, T) over the exposure, centred."""
    n_times = responses.shape[1]
    integral = np.concatenate(
        [np.zeros((len(responses), 1)), np.cumsum((responses[:, 1:] + responses[:, :-1]) / 2, axis=1)], axis=1
    )
    half = exposure_time / TIME_STEP / 2
    steps = np.arange(n_times)
    return np.stack(
        [
            (np.interp(steps + half, steps, row) - np.interp(steps - half, steps, row)) / (2 * half)
            for row in integral
        ]
    )
