"""The posterior means of a batch of curves, on any device, with what all batches of a scan have in common."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..devices import Device
from .residue_dictionary import DELAY_STEP, DELAYS, MTTS, ResidueDictionary

LEAST_NOISE = 5e-3
"""Share of a curve's root mean square below which the model and single precision cannot be trusted."""

NOISE_WEIGHT = 30.0
"""Residuals that the noise of all voxels is worth when that of one voxel is estimated."""

_N_PARAMETERS = 4
"""Volume, transit time, delay and shape."""

_OUTLIER = 4.0
"""Standard deviations of the noise beyond which a sample is no noise."""

_OUTLIER_ROUNDS = 2


@dataclass(frozen=True, eq=False)
class NoiseKnowledge:
    """What is known of the noise before a curve is fitted.

    Attributes
    ----------
    variance : ndarray of float64, shape (N,)
        HU^2.
    weight : float
        How many residuals this is worth; infinite where it is certain.
    """

    variance: NDArray[np.float64]
    weight: float

    @property
    def typical(self) -> float:
        """SD in HU that half of the curves lie below; NaN where there is none."""
        return float(np.sqrt(np.median(self.variance))) if len(self.variance) else float("nan")

    def of(self, members: NDArray[np.intp]) -> "NoiseKnowledge":
        """Return the knowledge about some of the voxels."""
        return NoiseKnowledge(self.variance[members], self.weight)


@dataclass(frozen=True, eq=False)
class PosteriorMeans:
    """Moments of N voxels; every array of float32 has the shape (N,).

    Attributes
    ----------
    volume, flow : ndarray
        mL/mL and mL/mL/s.
    mtt, delay, ttp : ndarray
        Seconds.
    sse, noise : ndarray
        HU^2 of the best model curve, and SD of the noise in HU.
    sd_volume, sd_flow, sd_mtt, sd_delay, sd_ttp : ndarray
        Posterior standard deviations.
    """

    volume: NDArray[np.float32]
    flow: NDArray[np.float32]
    mtt: NDArray[np.float32]
    delay: NDArray[np.float32]
    ttp: NDArray[np.float32]
    sse: NDArray[np.float32]
    noise: NDArray[np.float32]
    sd_volume: NDArray[np.float32]
    sd_flow: NDArray[np.float32]
    sd_mtt: NDArray[np.float32]
    sd_delay: NDArray[np.float32]
    sd_ttp: NDArray[np.float32]


Moments = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Outputs (N, N_OUTPUTS) of a kernel and the evidence (N, S x J)."""


@dataclass(frozen=True, eq=False)
class ShapeMeans:
    """What the posterior of one curve says of each shape; every array has the shape (S,).

    Attributes
    ----------
    weight : ndarray
        Probability of the shape; sum 1.
    volume : ndarray
        Mean blood volume in mL/mL if it is this shape; 0 where the shape is impossible.
    mtt, delay : ndarray
        Means in seconds, MTT by its logarithm.
    """

    weight: NDArray[np.float64]
    volume: NDArray[np.float64]
    mtt: NDArray[np.float64]
    delay: NDArray[np.float64]


Evaluate = Callable[[NDArray[np.float32], NDArray[np.float64], NDArray[np.float32], NoiseKnowledge], Moments]
"""Called with curves (N, T), their energies (N,), the prior (S, J) and what is known of the noise."""


@dataclass(frozen=True, eq=False)
class ResiduePosterior:
    """The posterior for one sampling and one arterial input.

    Attributes
    ----------
    dictionary : ResidueDictionary
    evaluate : callable
        See :data:`Evaluate`.
    degrees_of_freedom : float
        Of the residuals of one curve.
    """

    dictionary: ResidueDictionary
    evaluate: Evaluate
    degrees_of_freedom: float

    @classmethod
    def on(
        cls, device: Device, dictionary: ResidueDictionary, degrees_of_freedom: float
    ) -> "ResiduePosterior":
        """Return the posterior, computed on `device`."""
        if device.torch_device is None:
            return cls(dictionary, _compiled(dictionary, degrees_of_freedom), degrees_of_freedom)
        from .residue_family_torch import TorchPosterior

        on_device = TorchPosterior.build(dictionary, degrees_of_freedom, LEAST_NOISE, device.torch_device)
        return cls(dictionary, on_device, degrees_of_freedom)

    def means(
        self,
        curves: NDArray[np.float32],
        energies: NDArray[np.float64],
        prior: NDArray[np.float32],
        noise: NoiseKnowledge,
    ) -> PosteriorMeans:
        """Return the posterior means of curves (N, T), samples that are no noise being replaced.

        A sample farther than four standard deviations from the best model curve, such as one of a frame
        that moved, is set to that curve and the posterior is computed anew, twice.
        """
        _, _, out = self._settled(curves, energies, prior, noise)
        return PosteriorMeans(*(np.ascontiguousarray(column) for column in out.T[:-1]))

    def shape_means(
        self, curve: NDArray[np.float32], prior: NDArray[np.float32], noise: NoiseKnowledge
    ) -> ShapeMeans:
        """Return what the posterior of one curve, shape (T,), says of each shape, by the processor."""
        curves = curve[None]
        energies = np.einsum("nt,nt->n", curves, curves, dtype=np.float64)
        curves, energies, _ = self._settled(curves, energies, prior, noise)
        shapes = _evaluate(self.dictionary, self.degrees_of_freedom, curves, energies, prior, noise)[2]
        weight, volume, log_mtt, delay = shapes[0].T.astype(np.float64)
        return ShapeMeans(weight, volume, np.exp(log_mtt), delay)

    def _settled(
        self,
        curves: NDArray[np.float32],
        energies: NDArray[np.float64],
        prior: NDArray[np.float32],
        noise: NoiseKnowledge,
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float32]]:
        """Return the curves without their outliers, their energies and what the kernel says of them."""
        out, _ = self.evaluate(curves, energies, prior, noise)
        for _ in range(_OUTLIER_ROUNDS):
            found = self._outliers(curves, energies, out)
            if found is None:
                break
            voxels, mended = found
            curves = np.array(curves)
            curves[voxels] = mended
            again = np.einsum("nt,nt->n", mended, mended, dtype=np.float64)
            energies = np.array(energies)
            energies[voxels] = again
            out[voxels] = self.evaluate(mended, again, prior, noise.of(voxels))[0]
        return curves, energies, out

    def residuals(
        self, curves: NDArray[np.float32], energies: NDArray[np.float64], out: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what the best model curve leaves of each curve, (N, T) in HU."""
        from .kernels import residue_family as kernel

        explained = np.maximum(energies - out[:, kernel.SSE], 0.0)
        atoms = self.dictionary.curves[out[:, kernel.BEST_ATOM].astype(np.intp)]
        return np.asarray(curves - atoms * np.sqrt(explained).astype(np.float32)[:, None])

    def _outliers(
        self, curves: NDArray[np.float32], energies: NDArray[np.float64], out: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]] | None:
        """Return the voxels that hold outliers, and their curves without them; None where there are none."""
        from .kernels import residue_family as kernel

        residuals = self.residuals(curves, energies, out)
        outside = np.abs(residuals) > _OUTLIER * out[:, kernel.NOISE, None]
        voxels = np.flatnonzero(outside.any(axis=1))
        if len(voxels) == 0:
            return None
        return voxels, np.where(outside[voxels], curves[voxels] - residuals[voxels], curves[voxels])


def degrees_of_freedom(n_frames: int, *, marginalise_offset: bool) -> float:
    """Return the residuals of a curve that are free after the fit."""
    return float(max(n_frames - _N_PARAMETERS - marginalise_offset, 1))


def _compiled(dictionary: ResidueDictionary, free: float) -> Evaluate:
    def evaluate(
        curves: NDArray[np.float32],
        energies: NDArray[np.float64],
        prior: NDArray[np.float32],
        noise: NoiseKnowledge,
    ) -> Moments:
        # Voxels of like strength side by side: those that need a sum over the grid then share their vectors.
        order = np.argsort(energies)
        found, likely, _ = _evaluate(
            dictionary, free, curves.T[:, order].T, energies[order], prior, noise.of(order)
        )
        out, evidence = np.empty_like(found), np.empty_like(likely)
        out[order], evidence[order] = found, likely
        return out, evidence

    return evaluate


def _evaluate(
    dictionary: ResidueDictionary,
    free: float,
    curves: NDArray[np.float32],
    energies: NDArray[np.float64],
    prior: NDArray[np.float32],
    noise: NoiseKnowledge,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Run the kernel on curves (N, T); return its outputs, the evidence and what it says of the shapes."""
    from .kernels import residue_family as kernel

    n_curves, n_frames = curves.shape
    out = np.empty((n_curves, kernel.N_OUTPUTS), dtype=np.float32)
    evidence = np.empty((n_curves, len(dictionary.volumes)), dtype=np.float32)
    shapes = np.empty((n_curves, len(prior), kernel.N_SHAPE_OUTPUTS), dtype=np.float32)
    kernel.posterior_means(
        np.ascontiguousarray(dictionary.basis.T @ curves.T),
        energies,
        dictionary.atoms,
        dictionary.volumes,
        np.log(MTTS),
        prior,
        float(DELAYS[0]),
        DELAY_STEP,
        noise.variance,
        noise.weight,
        free,
        LEAST_NOISE,
        n_frames,
        evidence,
        shapes,
        out,
    )
    return out, evidence, shapes
