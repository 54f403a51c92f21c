"""The fit of the box model by torch, for graphics processors: few operations, each on all voxels of a chunk.

The algorithm and its names are those of :mod:`.kernels.box_model`, where they are explained; here a voxel is
a row. Everything is float32, since not all devices have float64.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from ..progress import ProgressCallback
from .box_dictionary import START_DELAYS, START_MTTS, BoxDictionary
from .box_settings import (
    BOUND_TOLERANCE,
    CONVERGED,
    FLATTEST,
    ITERATIONS,
    LARGEST_DELAY_STEP,
    LARGEST_MTT_STEP,
    LEAST_CURVATURE,
    LEAST_NOISE,
    NO_WORSE,
    BoxResults,
    BoxSettings,
)
from .box_tables_torch import ModelPlace, TorchTables, metric_at, place_at, tables_on
from .status import FitStatus

Chunk = TypeVar("Chunk")

_SEARCHED_AT_A_TIME = 1 << 17
"""Voxels whose products with all start curves are held at the same time."""

_TINY = 1e-30


class TorchFitter:
    """The fit by torch on one device."""

    chunk_size = 1 << 20
    """About 2 kB of device memory for each voxel."""

    def __init__(self, device: torch.device, settings: BoxSettings) -> None:
        self._device = device
        self._bounds = settings.bounds.tolist()
        self._prior = settings.prior.tolist()
        self._scales = settings.scales.tolist()
        self._limits = settings.limits.tolist()

    def for_each(
        self, function: Callable[[Chunk], None], chunks: Sequence[Chunk], on_progress: ProgressCallback
    ) -> None:
        """Call a function with each chunk; the device is what works in parallel."""
        for n_done, chunk in enumerate(chunks, start=1):
            function(chunk)
            on_progress(n_done / len(chunks))

    @torch.inference_mode()
    def fit(self, curves: NDArray[np.floating[Any]], dictionary: BoxDictionary) -> BoxResults:
        """Fit curves (n, T)."""
        tables = tables_on(self._device, dictionary)
        samples = self._moved(curves)
        centred = samples - samples.mean(dim=1, keepdim=True) if tables.n_parameters == 4 else samples
        energies = (centred * centred).sum(dim=1)
        coefficients = samples @ tables.basis
        delay, mtt = self._search(samples, energies, tables)
        delay, mtt = self._refine(coefficients, energies, tables, delay, mtt)
        values, status = self._describe(coefficients, energies, tables, delay, mtt)
        return BoxResults(values.cpu().numpy(), status.cpu().numpy())

    def _moved(self, curves: NDArray[np.floating[Any]]) -> torch.Tensor:
        """Copy curves to the device in their own order of memory, which is fastest."""
        transposed = curves.strides[0] < curves.strides[1]
        array = np.ascontiguousarray(curves.T if transposed else curves, dtype=np.float32)
        moved = torch.as_tensor(array, device=self._device)
        return moved.T if transposed else moved

    def _search(
        self, samples: torch.Tensor, energies: torch.Tensor, tables: TorchTables
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the most probable start values."""
        delays = torch.as_tensor(START_DELAYS, dtype=torch.float32, device=self._device)
        mtts = torch.as_tensor(START_MTTS, dtype=torch.float32, device=self._device)
        penalties = torch.exp(self._prior[1] * (mtts.log() - self._prior[0]) ** 2 / tables.n_frames)
        found = []
        for start in range(0, len(samples), _SEARCHED_AT_A_TIME):
            part = samples[start : start + _SEARCHED_AT_A_TIME]
            energy = energies[start : start + _SEARCHED_AT_A_TIME]
            products = (part @ tables.starts).view(len(part), len(mtts), len(delays))
            greatest, at_greatest = products.max(dim=2)
            losses = (energy[:, None] - greatest.clamp(min=0) ** 2) * penalties
            best = losses.argmin(dim=1, keepdim=True)
            found.append((delays[at_greatest.gather(1, best)[:, 0]], mtts[best[:, 0]]))
        return torch.cat([delay for delay, _ in found]), torch.cat([mtt for _, mtt in found])

    def _refine(
        self,
        coefficients: torch.Tensor,
        energies: torch.Tensor,
        tables: TorchTables,
        delay: torch.Tensor,
        mtt: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the most probable delay and MTT near the given ones."""
        mean, precision = self._prior[0], self._prior[1] / tables.n_frames
        best_delay, best_mtt = delay, mtt
        least = torch.full_like(delay, torch.inf)
        done = torch.zeros_like(delay, dtype=torch.bool)
        for _ in range(ITERATIONS):
            place = place_at(coefficients, tables, delay, mtt)
            explained = (place.product * place.height) ** 2
            sse = torch.maximum(energies - explained, LEAST_NOISE * energies)
            deviation = mtt.log() - mean
            loss = sse * torch.exp(precision * deviation**2)
            better = (loss <= least + NO_WORSE * energies) & (place.product > 0) & ~done
            new_delay, new_mtt = self._step(place, delay, mtt, precision * sse / explained, deviation)
            least = torch.where(better, torch.minimum(loss, least), least)
            best_delay = torch.where(better, delay, best_delay)
            best_mtt = torch.where(better, mtt, best_mtt)
            new_delay = torch.where(better, new_delay, 0.5 * (delay + best_delay))
            new_mtt = torch.where(better, new_mtt, 0.5 * (mtt + best_mtt))
            near = (new_delay - best_delay).abs() + (new_mtt - best_mtt).abs() < CONVERGED
            best_delay = torch.where(near & better, new_delay, best_delay)
            best_mtt = torch.where(near & better, new_mtt, best_mtt)
            done = done | near
            delay = torch.where(done, best_delay, new_delay)
            mtt = torch.where(done, best_mtt, new_mtt)
        return best_delay, best_mtt

    def _step(
        self,
        place: ModelPlace,
        delay: torch.Tensor,
        mtt: torch.Tensor,
        noise: torch.Tensor,
        deviation: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return where Newton's method goes, within bounds and by a step of limited length."""
        least_delay, greatest_delay, least_mtt, greatest_mtt = self._bounds
        inverse, share = 1.0 / mtt, 1.0 / place.product
        pd, pm, pmm = place.product_d * share, place.product_m * share, place.product_mm * share
        pull = noise * inverse
        hdd = place.f_dd + pd * pd - place.product_dd * share
        hmm = place.f_mm - inverse * inverse + pm * pm - pmm + pull * inverse
        hdm = place.f_dm + pd * pm - pmm
        gd = pd - place.f_d
        gm = pm - place.f_m - inverse - pull * deviation

        middle, half = 0.5 * (hdd + hmm), 0.5 * (hdd - hmm)
        radius = torch.sqrt(half * half + hdm * hdm)
        floor = (FLATTEST * (middle + radius)).clamp(min=LEAST_CURVATURE)
        missing = (floor - (middle - radius)).clamp(min=0.0)
        hdd, hmm = hdd + missing, hmm + missing
        scale = 1.0 / (hdd * hmm - hdm * hdm)
        step_delay, step_mtt = (hmm * gd - hdm * gm) * scale, (hdd * gm - hdm * gd) * scale
        largest = LARGEST_MTT_STEP * mtt
        length = torch.maximum(step_delay.abs() / LARGEST_DELAY_STEP, step_mtt.abs() / largest).clamp(min=1.0)

        free_mtt = mtt + step_mtt / length
        new_mtt = free_mtt.clamp(least_mtt, greatest_mtt)
        with_mtt = ((gd - hdm * (new_mtt - mtt)) / hdd).clamp(-LARGEST_DELAY_STEP, LARGEST_DELAY_STEP)
        free_delay = delay + torch.where(new_mtt == free_mtt, step_delay / length, with_mtt)
        new_delay = free_delay.clamp(least_delay, greatest_delay)
        with_delay = torch.minimum(torch.maximum((gm - hdm * (new_delay - delay)) / hmm, -largest), largest)
        with_delay = (mtt + with_delay).clamp(least_mtt, greatest_mtt)
        new_mtt = torch.where(new_delay == free_delay, new_mtt, with_delay)
        finite = (new_delay >= least_delay) & (new_mtt >= least_mtt)
        return torch.where(finite, new_delay, delay), torch.where(finite, new_mtt, mtt)

    def _describe(
        self,
        coefficients: torch.Tensor,
        energies: torch.Tensor,
        tables: TorchTables,
        delay: torch.Tensor,
        mtt: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the results (N_RESULTS, n) and the status (n,)."""
        to_cbf, to_cbv, step, first_delay = self._scales
        place = place_at(coefficients, tables, delay, mtt)
        g = (place.product * place.height).clamp(min=0.0)
        explained = g * g
        sse = torch.maximum(energies - explained, LEAST_NOISE * energies)
        variance = sse / (tables.n_frames - tables.n_parameters)
        information = (explained / variance.clamp(min=_TINY))[:, None] * metric_at(tables.metric, delay, mtt)
        var_d, var_m, cov, var_ttp = self._variances(information, mtt)

        def through(fd: torch.Tensor, fm: torch.Tensor) -> torch.Tensor:
            return _at_least_0(fd * fd * var_d + fm * fm * var_m + 2.0 * fd * fm * cov)

        own = variance * place.height * place.height
        cbf, cbv = to_cbf * g * place.height, to_cbv * g * place.height * mtt
        se_cbf = torch.sqrt(to_cbf**2 * own + cbf * cbf * through(place.f_d, place.f_m + 1.0 / mtt))
        se_cbv = torch.sqrt(to_cbv**2 * own * mtt * mtt + cbv * cbv * through(place.f_d, place.f_m))
        r_squared = explained / energies.clamp(min=_TINY)
        detectable = self._limits[0]
        measurable = (g > 0) & ((cbf >= detectable * se_cbf) | (cbv >= detectable * se_cbv))
        timing = torch.where(measurable, step, torch.nan)
        values = torch.stack(
            [
                torch.where(measurable, cbf, 0.0),
                torch.where(measurable, cbv, 0.0),
                timing * mtt,
                timing * (delay + first_delay),
                timing * (delay + first_delay + 0.5 * mtt),
                torch.where(energies.isfinite(), sse, torch.nan),
                r_squared,
                se_cbf,
                se_cbv,
                timing * var_m.sqrt(),
                timing * var_d.sqrt(),
                timing * var_ttp.sqrt(),
            ]
        )
        return values, self._statuses(delay, mtt, r_squared, measurable)

    def _variances(
        self, information: torch.Tensor, mtt: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the variances of delay and MTT, their covariance and the variance of the centre."""
        least_delay, greatest_delay, least_mtt, greatest_mtt = self._bounds
        cc, cm, mm = information.unbind(dim=1)
        cm, mm = cm * mtt, mm * mtt * mtt
        known_d = 12.0 / (greatest_delay - least_delay) ** 2
        known_m = 12.0 / (greatest_mtt - least_mtt) ** 2 + self._prior[1] / (mtt * mtt)
        jmm = 0.25 * cc + cm + mm + known_m
        scale = 1.0 / (_at_least_0(cc * mm - cm * cm) + cc * known_m + known_d * jmm)
        centre = (mm + known_m + 0.25 * known_d) * scale
        return jmm * scale, (cc + known_d) * scale, -(0.5 * cc + cm) * scale, centre

    def _statuses(
        self, delay: torch.Tensor, mtt: torch.Tensor, r_squared: torch.Tensor, measurable: torch.Tensor
    ) -> torch.Tensor:
        """Return for each voxel the reason that counts most."""
        least_delay, greatest_delay, least_mtt, greatest_mtt = self._bounds
        at_bound = (
            (delay <= least_delay + BOUND_TOLERANCE)
            | (delay >= greatest_delay - BOUND_TOLERANCE)
            | (mtt <= least_mtt + BOUND_TOLERANCE)
            | (mtt >= greatest_mtt - BOUND_TOLERANCE)
        )
        status = torch.full_like(delay, FitStatus.OK, dtype=torch.uint8)
        status.masked_fill_(r_squared < self._limits[1], FitStatus.POOR_FIT)
        status.masked_fill_(at_bound, FitStatus.AT_BOUND)
        status.masked_fill_(~measurable, FitStatus.NO_ENHANCEMENT)
        return status


def _at_least_0(values: torch.Tensor) -> torch.Tensor:
    return torch.clamp(values, min=0.0)
