"""Posterior means over the residue family on a GPU: the computation of the compiled kernel, in torch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .residue_dictionary import DELAY_STEP, DELAYS, MTTS, ResidueDictionary
from .residue_posterior import Moments, NoiseKnowledge

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_NARROW_DELAY, _NARROW_MTT = 0.25, 1.0
"""Curvatures above which a parabola stands for the sum over the grid, as in the compiled kernels."""

_TINY = 1e-30


@dataclass(frozen=True, eq=False)
class TorchPosterior:
    """What all batches share, on the device; calling it evaluates one batch.

    Attributes
    ----------
    device : torch.device
    basis, atoms, volumes : Tensor
        As in ``ResidueDictionary``.
    log_mtts : Tensor, shape (J,)
    degrees_of_freedom, least_noise : float
        As for the compiled kernel.
    """

    device: "torch.device"
    basis: "Tensor"
    atoms: "Tensor"
    volumes: "Tensor"
    log_mtts: "Tensor"
    degrees_of_freedom: float
    least_noise: float

    @classmethod
    def build(
        cls,
        dictionary: ResidueDictionary,
        degrees_of_freedom: float,
        least_noise: float,
        device: "torch.device",
    ) -> "TorchPosterior":
        """Move the dictionary to the device."""
        import torch

        def moved(array: NDArray[np.float32]) -> "Tensor":
            return torch.from_numpy(array).to(device)

        return cls(
            device,
            moved(dictionary.basis),
            moved(dictionary.atoms),
            moved(dictionary.volumes),
            moved(np.log(MTTS).astype(np.float32)),
            degrees_of_freedom,
            least_noise,
        )

    def __call__(
        self,
        curves: NDArray[np.float32],
        energies: NDArray[np.float64],
        prior: NDArray[np.float32],
        noise: NoiseKnowledge,
    ) -> Moments:
        """Return the outputs of the kernel (N, N_OUTPUTS) and the evidence (N, S x J)."""
        import torch

        def moved(array: NDArray[np.floating]) -> "Tensor":
            return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).to(self.device)

        with torch.no_grad():
            energy = moved(energies)
            scores = (moved(curves) @ self.basis @ self.atoms.T).clamp_min_(0.0)
            peaks = _find_peaks(scores.view(len(curves), *self.volumes.shape))
            greatest, row = peaks.top.max(dim=1)
            sse = (energy - greatest).clamp_min(0.0)
            variance = moved(noise.variance)
            if np.isfinite(noise.weight):
                variance = (noise.weight * variance + sse) / (noise.weight + self.degrees_of_freedom)
            least = self.least_noise**2 * energy / curves.shape[1]
            precision = 0.5 / variance.maximum(least).clamp_min(1e-12)
            rows = _integrate_rows(peaks, self.volumes, precision, greatest)
            moments = self._combine(rows, moved(prior).log())
            atom = row * self.volumes.shape[1] + peaks.place.gather(1, row[:, None])[:, 0]
            means = _means(moments)
            columns = [*means[:5], sse, (0.5 / precision).sqrt(), *means[5:], atom.to(sse.dtype)]
            return torch.stack(columns, dim=1).cpu().numpy(), rows.log_mass.exp().cpu().numpy()

    def _combine(self, rows: "_Rows", log_prior: "Tensor") -> "Tensor":
        """Return the means of V, V^2, m, m^2, V m, d, d^2, t and t^2, stacked first, (9, N).

        m is ln MTT, d the delay and t = d + MTT/2.
        """
        import torch

        n_shapes, n_mtts = log_prior.shape

        def by_shape(values: "Tensor") -> "Tensor":
            return values.view(-1, n_shapes, n_mtts)

        log_weight = by_shape(rows.log_mass) + log_prior
        volume, volume2 = by_shape(rows.volume), by_shape(rows.volume2)
        position = by_shape(rows.position)
        delay = float(DELAYS[0]) + DELAY_STEP * position
        spread = DELAY_STEP**2 * (by_shape(rows.position2) - position**2).clamp_min(0.0)
        log_mtt = self.log_mtts.expand_as(log_weight)
        over_grid = _moments(volume, volume2, log_mtt, delay, spread, 0.0, 0.0, 0.0, 0.0)
        shape_weight = torch.logsumexp(log_weight, dim=-1)
        summed = (over_grid * torch.softmax(log_weight, dim=-1)).sum(dim=-1)
        peak_weight, at_peak, narrow = self._peak(log_weight, volume, volume2, delay, spread)
        shares = torch.softmax(torch.where(narrow, peak_weight, shape_weight), dim=-1)
        return (torch.where(narrow, at_peak, summed) * shares).sum(dim=-1)

    def _peak(
        self, log_weight: "Tensor", volume: "Tensor", volume2: "Tensor", delay: "Tensor", spread: "Tensor"
    ) -> tuple["Tensor", "Tensor", "Tensor"]:
        """Return log weight, moments (9, N, S) at the peak of a parabola over ln MTT, and where it counts."""
        import torch

        n_mtts = log_weight.shape[-1]
        step = float(self.log_mtts[1] - self.log_mtts[0])
        best = log_weight.argmax(dim=-1)
        inside = (best > 0) & (best < n_mtts - 1)
        middle = best.clamp(1, n_mtts - 2)[..., None]

        def around(values: "Tensor") -> tuple["Tensor", "Tensor", "Tensor"]:
            low, here, high = (values.gather(-1, middle + offset)[..., 0] for offset in (-1, 0, 1))
            return low, here, high

        low, top, high = around(log_weight)
        curvature = 2.0 * top - low - high
        narrow = inside & (curvature > _NARROW_MTT)
        curvature = torch.where(narrow, curvature, torch.full_like(curvature, _NARROW_MTT))
        shift = torch.where(narrow, 0.5 * (high - low) / curvature, torch.zeros_like(curvature))
        weight = top + 0.5 * shift**2 * curvature + 0.5 * (2.0 * np.pi / curvature).log()
        v, v_slope = _lagrange(*around(volume), shift)
        d, d_slope = _lagrange(*around(delay), shift)
        v_spread = (around(volume2)[1] - around(volume)[1] ** 2).clamp_min(0.0)
        log_mtt = self.log_mtts[middle[..., 0]] + shift * step
        moments = _moments(
            v, v * v + v_spread, log_mtt, d, around(spread)[1], v_slope, step, d_slope, 1.0 / curvature
        )
        return weight, moments, narrow


@dataclass(frozen=True, eq=False)
class _Peaks:
    """Where each row explains most, each (N, S x J); and the scores (N, S x J, D), not negative."""

    scores: "Tensor"
    top: "Tensor"
    bend: "Tensor"
    shift: "Tensor"
    place: "Tensor"


def _find_peaks(scores: "Tensor") -> _Peaks:
    import torch

    n_delays = scores.shape[-1]
    peak, place = scores.max(dim=-1)
    inner = place.clamp(1, n_delays - 2)
    before = scores.gather(-1, (inner - 1)[..., None])[..., 0] ** 2
    after = scores.gather(-1, (inner + 1)[..., None])[..., 0] ** 2
    inside = (place > 0) & (place < n_delays - 1)
    bend = torch.where(inside, 2.0 * peak**2 - before - after, torch.zeros_like(peak))
    curved = bend > 0
    shift = torch.where(curved, 0.5 * (after - before) / bend.clamp_min(_TINY), torch.zeros_like(bend))
    return _Peaks(scores, peak**2 + 0.5 * shift**2 * bend, bend, shift, place)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Integrals over the delay, each (N, S x J); positions in steps of the grid."""

    log_mass: "Tensor"
    volume: "Tensor"
    volume2: "Tensor"
    position: "Tensor"
    position2: "Tensor"


def _integrate_rows(peaks: _Peaks, volumes: "Tensor", precision: "Tensor", greatest: "Tensor") -> _Rows:
    """Integrate each shape and transit time over the delay, masses being relative to the best model curve."""
    import torch

    scores = peaks.scores
    n_delays = scores.shape[-1]
    half = precision[:, None]
    curvature = peaks.bend * half
    narrow = curvature > _NARROW_DELAY
    sharp = curvature.clamp_min(_NARROW_DELAY)
    gap = (peaks.top - greatest[:, None]) * half
    table = volumes.expand(len(scores), -1, -1)
    beside = (peaks.place + torch.where(peaks.shift > 0, 1, -1)).clamp(0, n_delays - 1)
    unit = table.gather(-1, peaks.place[..., None])[..., 0]
    unit = unit + peaks.shift.abs() * (table.gather(-1, beside[..., None])[..., 0] - unit)
    height = peaks.top.sqrt() * unit
    at = peaks.place + peaks.shift
    # Relative to the row's own best place, so that the mass of an improbable row keeps its logarithm.
    best = peaks.scores.amax(dim=-1) ** 2
    weight = ((scores * scores - best[..., None]) * half[..., None]).exp_()
    total = weight.sum(dim=-1)
    share = 1.0 / total
    grid = torch.arange(n_delays, device=scores.device, dtype=scores.dtype)
    values = scores * volumes
    amplitude = torch.einsum("nrd,rd->nr", weight, volumes**2) * share * 0.5 / half
    return _Rows(
        log_mass=torch.where(
            narrow,
            gap + 0.5 * (2.0 * np.pi / sharp).log(),
            (best - greatest[:, None]) * half + total.log(),
        ),
        volume=torch.where(narrow, height, (weight * values).sum(dim=-1) * share),
        volume2=torch.where(
            narrow,
            height * height + unit * unit * 0.5 / half,
            (weight * values * values).sum(dim=-1) * share + amplitude,
        ),
        position=torch.where(narrow, at, (weight @ grid) * share),
        position2=torch.where(narrow, at * at + 1.0 / sharp, (weight @ (grid * grid)) * share),
    )


def _lagrange(low: "Tensor", middle: "Tensor", high: "Tensor", shift: "Tensor") -> tuple["Tensor", "Tensor"]:
    """Return value and slope at `shift` of the parabola through values at -1, 0 and 1."""
    half_slope = 0.5 * (high - low)
    half_bend = 0.5 * (high + low) - middle
    return middle + shift * (half_slope + shift * half_bend), half_slope + 2.0 * shift * half_bend


def _moments(
    volume: "Tensor",
    volume2: "Tensor",
    log_mtt: "Tensor",
    delay: "Tensor",
    spread: "Tensor",
    volume_slope: "Tensor | float",
    log_step: float,
    delay_slope: "Tensor | float",
    variance: "Tensor | float",
) -> "Tensor":
    """Return V, V^2, m, m^2, V m, d, d^2, t, t^2, stacked first.

    Slopes are those along m, whose variance in grid steps is `variance`.
    """
    import torch

    half = 0.5 * log_mtt.exp()
    centre = delay + half
    centre_slope = delay_slope + half * log_step
    return torch.stack(
        [
            volume,
            volume2 + volume_slope**2 * variance,
            log_mtt,
            log_mtt**2 + log_step**2 * variance,
            volume * log_mtt + volume_slope * log_step * variance,
            delay,
            delay**2 + spread + delay_slope**2 * variance,
            centre,
            centre**2 + spread + centre_slope**2 * variance,
        ]
    )


def _means(moments: "Tensor") -> list["Tensor"]:
    """Turn moments (9, N) into V, flow, MTT, d, t and the standard deviations of these."""
    v, v2, m, m2, vm, d, d2, t, t2 = moments
    mtt = m.exp()
    flow = v / mtt
    variance_v = (v2 - v * v).clamp_min(0.0)
    variance_m = (m2 - m * m).clamp_min(0.0)
    relative = variance_v / (v * v).clamp_min(_TINY) + variance_m - 2.0 * (vm - v * m) / v.clamp_min(_TINY)
    return [
        v,
        flow,
        mtt,
        d,
        t,
        variance_v.sqrt(),
        flow * relative.clamp_min(0.0).sqrt(),
        mtt * variance_m.sqrt(),
        (d2 - d * d).clamp_min(0.0).sqrt(),
        (t2 - t * t).clamp_min(0.0).sqrt(),
    ]
