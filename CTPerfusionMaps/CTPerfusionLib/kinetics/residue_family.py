"""Perfusion averaged over a family of residue functions: method ``bayes``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device, resolve_device
from ..errors import ArgumentError
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, ignore_progress, part_of, reported
from .curves import CurveSource, as_curves, pieces, require_finite_curves
from .residue_dictionary import SHAPE_WEIGHTS, ResidueDictionary
from .residue_fit import ResidueFamilyFit, ResidueFamilyResult
from .residue_posterior import (
    NOISE_WEIGHT,
    NoiseKnowledge,
    ResiduePosterior,
    degrees_of_freedom,
)
from .residue_prior import learned_shape_weights, transit_time_prior
from .sampling import Sampling, as_sampling
from .units import KAPPA, RHO, cbf_scale, cbv_scale

_CHUNK = 2048
"""Voxels that one worker fits at a time."""

_TORCH_CHUNK = 16384
"""Voxels that a GPU fits at a time: their scores take 0.25 GB."""

_SAMPLE = 4096
"""Voxels from which the noise and the residue function of the patient are learned."""

_SD_BY_MEDIAN = 1.4826
"""Standard deviation of a normal distribution over the median of its absolute values."""

_SAMPLE_CHUNK = 512

_BUILDING_SHARE = 0.05
_LEARNING_SHARE = 0.1
"""Parts of the time that dictionaries, and then learning, take, for the progress."""


def fit_residue_family(
    curves: ArrayLike | CurveSource,
    times: ArrayLike | Sampling,
    aif: ArrayLike,
    *,
    aif_times: ArrayLike | None = None,
    kappa: float = KAPPA,
    rho: float = RHO,
    sigma: ArrayLike | None = None,
    marginalise_offset: bool = False,
    device: str | Device = "cpu",
    on_progress: ProgressCallback = ignore_progress,
) -> ResidueFamilyFit:
    """Average perfusion parameters over delay, MTT and the shape of the residue function.

    A box-shaped response reads MTT too long where transit times are spread, a deconvolution reads CBF too low
    where MTT is short. Here the residue is the survival function of gamma-distributed transit times
    (Mouridsen et al., NeuroImage 33 (2006) 570-579), of shape 1 (exponential) to infinite (box), and every
    combination of shape, MTT (2.5 to 30 s) and delay (-3 to 15 s) counts with its posterior probability.
    Given these, the tissue curve is linear in the blood volume, which is estimated; the prior is flat in the
    height of the curve, in ln MTT and in the delay. CBV, delay and delay + MTT/2 are posterior means, MTT is
    that of its logarithm, and CBF = 60 CBV / MTT.

    What one curve cannot tell is learned from all curves: the noise, and how probable the shapes are (see
    ``residue_prior``). The noise of a voxel is that of all voxels, adjusted to its own residuals (inverse
    gamma prior worth 30 residuals). So a result depends a little on which other curves are fitted with it.

    Parameters
    ----------
    curves : array_like, shape (N, T), or CurveSource
        Tissue enhancement in HU, baseline removed.
    times : array_like, shape (T,) or (N, T), or Sampling
        Acquisition times in seconds, for all curves or for each. Tissue is never resampled.
    aif : array_like, shape (T_a,)
        Arterial enhancement in HU.
    aif_times : array_like, shape (T_a,), optional
        Its times in seconds; `times` if not given.
    kappa, rho : float
        Ratio of plasma fractions (large to small vessels) and tissue density in g/mL.
    sigma : float or array_like, shape (N,), optional
        SD of the noise in HU; estimated if not given.
    marginalise_offset : bool
        Whether a constant may be added to every curve, for baselines of a few frames.
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``.
    on_progress : callable

    Returns
    -------
    ResidueFamilyFit
        A voxel without measurable enhancement has CBF = CBV = 0 and NaN timing.

    Raises
    ------
    ArgumentError
        If shapes do not match, a value is not finite, times do not increase or the AIF does not enhance.
    ConfigurationError
        If the device is not there.
    """
    resolved = resolve_device(device)
    tissue = as_curves(curves)
    sampling = as_sampling(times, tissue)
    arterial = sampling.arterial_input(aif, aif_times)
    to_cbf, to_cbv = cbf_scale(kappa, rho), cbv_scale(kappa, rho)
    free = degrees_of_freedom(tissue.shape[1], marginalise_offset=marginalise_offset)
    groups = [
        _Group(
            members,
            ResiduePosterior.on(
                resolved,
                ResidueDictionary.build(arterial, group_times, marginalise_offset=marginalise_offset),
                free,
            ),
        )
        for group_times, members in reported(sampling.groups, part_of(on_progress, 0.0, _BUILDING_SHARE))
    ]
    fit = _Fit(tissue, groups, marginalise_offset, resolved, free)
    variance = _as_variance(sigma, tissue.shape[0])
    return fit.run(variance, to_cbf, to_cbv, part_of(on_progress, _BUILDING_SHARE, 1.0))


def _as_variance(sigma: ArrayLike | None, n_curves: int) -> NDArray[np.float64] | None:
    if sigma is None:
        return None
    values = np.asarray(sigma, dtype=np.float64)
    if values.shape not in ((), (n_curves,)):
        raise ArgumentError("sigma", f"sigma has the shape {values.shape}", "give one value, or one a curve")
    if not (np.isfinite(values).all() and np.all(values > 0)):
        raise ArgumentError("sigma", "sigma is not positive and finite everywhere", "give HU")
    return np.array(np.broadcast_to(values**2, (n_curves,)))


@dataclass(frozen=True, eq=False)
class _Group:
    """Curves that were sampled at the same times."""

    members: NDArray[np.intp]
    posterior: ResiduePosterior


_Chunk = tuple[_Group, NDArray[np.intp]]
_Work = TypeVar("_Work")
_Array = TypeVar("_Array", bound=NDArray[np.floating])


@dataclass(frozen=True, eq=False)
class _Fit:
    """The curves and how they are to be fitted."""

    curves: CurveSource
    groups: list[_Group]
    marginalise_offset: bool
    device: Device
    free: float

    def run(
        self,
        variance: NDArray[np.float64] | None,
        to_cbf: float,
        to_cbv: float,
        on_progress: ProgressCallback,
    ) -> ResidueFamilyFit:
        on_progress(0.0)
        energies = self._energies(part_of(on_progress, 0.0, 0.5 * _LEARNING_SHARE))
        require_finite_curves(energies)
        noise, weights = self._learn(energies, variance)
        prior = (weights[:, None] * transit_time_prior()).astype(np.float32)
        result = ResidueFamilyResult.empty(len(energies), weights, noise.typical)
        report = part_of(on_progress, _LEARNING_SHARE, 1.0)

        def fit(chunk: _Chunk) -> None:
            group, members = chunk
            means = group.posterior.means(self._rows(members), energies[members], prior, noise.of(members))
            result.store(members, means, energies[members], to_cbf, to_cbv)

        self._for_each(fit, report)
        return result.fit()

    def _rows(self, members: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return curves (n, T), free of their mean where an offset is allowed."""
        rows = self.curves.rows(members)
        if self.marginalise_offset:
            rows = rows - rows.mean(axis=1, keepdims=True)
        with np.errstate(over="ignore"):
            return np.asarray(rows, dtype=np.float32)

    def _energies(self, on_progress: ProgressCallback) -> NDArray[np.float64]:
        """Return the sum of squares of every curve, not finite where a sample is not."""
        energies = np.empty(self.curves.shape[0])

        def measure(chunk: _Chunk) -> None:
            rows = self._rows(chunk[1])
            with np.errstate(over="ignore", invalid="ignore"):
                energies[chunk[1]] = np.einsum("nt,nt->n", rows, rows, dtype=np.float64)

        self._for_each(measure, on_progress)
        return energies

    def _for_each(self, function: Callable[[_Chunk], None], on_progress: ProgressCallback) -> None:
        """Call a function with all curves, in chunks that suit the device."""
        size = _CHUNK if self.device.torch_device is None else _TORCH_CHUNK
        chunks = [(group, members) for group in self.groups for members in pieces(group.members, size)]
        self._work(function, chunks, on_progress)

    def _work(
        self, function: Callable[[_Work], None], chunks: list[_Work], on_progress: ProgressCallback
    ) -> None:
        """Call a function with each chunk, on all cores where the processor computes."""
        if self.device.torch_device is None:
            for_each_chunk(function, chunks, on_progress)
            return
        for chunk in reported(chunks, on_progress):
            function(chunk)

    def _learn(
        self, energies: NDArray[np.float64], variance: NDArray[np.float64] | None
    ) -> tuple[NoiseKnowledge, NDArray[np.float64]]:
        """Return the noise and the weights of the shapes, from a sample that covers all energies evenly.

        Ranks of energy do not depend on the order of the voxels, so neither does the sample.
        """
        n_curves = len(energies)
        if n_curves == 0:
            return NoiseKnowledge(energies, NOISE_WEIGHT), SHAPE_WEIGHTS
        ranks = np.linspace(0, n_curves - 1, min(_SAMPLE, n_curves)).astype(np.intp)
        chosen = np.zeros(n_curves, dtype=bool)
        chosen[np.argsort(energies, kind="stable")[ranks]] = True
        sample = [
            (group, members)
            for group in self.groups
            for members in pieces(group.members[chosen[group.members]], _SAMPLE_CHUNK)
        ]
        prior = (SHAPE_WEIGHTS[:, None] * transit_time_prior()).astype(np.float32)
        if variance is None:
            certain = NoiseKnowledge(np.ones(n_curves), np.inf)
            spreads = self._of_each(
                sample, lambda group, members: self._spreads(group, members, energies, prior, certain)
            )
            typical = float(np.median(np.concatenate(spreads)))
            noise = NoiseKnowledge(np.full(n_curves, typical), NOISE_WEIGHT)
        else:
            noise = NoiseKnowledge(variance, np.inf)
        evidence = self._of_each(
            sample,
            lambda group, members: group.posterior.evaluate(
                self._rows(members), energies[members], prior, noise.of(members)
            )[1],
        )
        return noise, learned_shape_weights(np.concatenate(evidence))

    def _of_each(
        self, chunks: list[_Chunk], function: Callable[[_Group, NDArray[np.intp]], _Array]
    ) -> list[_Array]:
        """Return what a function makes of each chunk, in their order."""
        results: dict[int, _Array] = {}

        def compute(numbered: tuple[int, _Chunk]) -> None:
            number, chunk = numbered
            results[number] = function(*chunk)

        self._work(compute, list(enumerate(chunks)), ignore_progress)
        return [results[number] for number in range(len(chunks))]

    def _spreads(
        self,
        group: _Group,
        members: NDArray[np.intp],
        energies: NDArray[np.float64],
        prior: NDArray[np.float32],
        noise: NoiseKnowledge,
    ) -> NDArray[np.float64]:
        """Return the variance of each curve around its best model curve, by the median of the residuals.

        The median does not see a few frames that moved.
        """
        curves = self._rows(members)
        out, _ = group.posterior.evaluate(curves, energies[members], prior, noise.of(members))
        residuals = group.posterior.residuals(curves, energies[members], out)
        deviation = _SD_BY_MEDIAN * np.median(np.abs(residuals), axis=1)
        return np.asarray(deviation.astype(np.float64) ** 2 * curves.shape[1] / self.free)
