"""Time relative to the bolus: every study's curves on one axis, free of baseline and of contrast dose."""

from dataclasses import dataclass

import torch

from ..bolus_context import ARRIVAL_SHARE, BASELINE_MARGIN, TISSUE_BANDS, tissue_shares

N_SAMPLES = 38
"""Samples of the aligned axis: to 33 s after the arrival."""

STEP = 1.0
"""s between them."""

LEAD = 5.0
"""s from the first sample to the arrival in tissue; vessels enhance earlier."""

_LEAST_WEIGHT = 0.25
"""Weight of frames near a sample below which the record does not reach it."""

_TYPICAL_AREA = 30.0
"""What the area under the mean tissue curve is scaled to, in units of samples."""

_SMALLEST_AREA = 1.0
"""HU; a smaller area is no bolus and must not blow up noise."""


@dataclass(frozen=True)
class Alignment:
    """How the frames of B studies become aligned curves.

    Attributes
    ----------
    operator : Tensor, shape (B, N, T)
        Turns HU with any baseline into aligned enhancement, scaled to the typical dose of contrast. Samples
        beyond the record are zero.
    reached : Tensor, shape (B, N)
        1 where the record reaches a sample, else 0.
    """

    operator: torch.Tensor
    reached: torch.Tensor


def align(context: torch.Tensor, interval: float) -> Alignment:
    """Return the alignment of studies by the mean curve of their tissue.

    The maps of a study change neither with the time of the injection nor with the amount of contrast, and
    curves are linear in it: so the axis starts with the bolus, and the enhancement is divided by the area
    under the mean tissue curve. A network then has only the shape of the bolus to learn.

    Parameters
    ----------
    context : Tensor, shape (B, K, T)
        HU above baseline, see :func:`CTPerfusionLib.networks.bolus_context.bolus_context`.
    interval : float
        Seconds between frames.
    """
    n_frames = context.shape[-1]
    times = torch.arange(n_frames, device=context.device, dtype=context.dtype) * interval
    shares = torch.as_tensor(tissue_shares(), device=context.device, dtype=context.dtype)
    tissue = torch.einsum("bkt,k->bt", context[:, TISSUE_BANDS], shares)
    arrival = _arrival(tissue, times)
    before = (times <= (arrival - BASELINE_MARGIN).clamp(min=0.0)[:, None]).to(context.dtype)
    baseline = before / before.sum(dim=1, keepdim=True)
    samples = torch.arange(N_SAMPLES, device=context.device, dtype=context.dtype) * STEP
    distance = (times[None, None] - (arrival[:, None] - LEAD + samples)[..., None]).abs()
    weights = (1.0 - distance / STEP).clamp(min=0.0)
    total = weights.sum(dim=2, keepdim=True)
    reached = (total > _LEAST_WEIGHT * min(1.0, STEP / interval)).to(context.dtype)
    operator = reached * (weights / total.clamp(min=1e-6) - baseline[:, None])
    area = torch.einsum("bnt,bt->b", operator, tissue).clamp(min=_SMALLEST_AREA)
    return Alignment(operator * (_TYPICAL_AREA / area)[:, None, None], reached[..., 0])


def _arrival(tissue: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    """Return when mean curves (B, T) last pass a share of their peak before it, s, shape (B,)."""
    n_frames = len(times)
    index = torch.arange(n_frames, device=tissue.device)
    peak, at_peak = tissue.max(dim=1)
    threshold = ARRIVAL_SHARE * peak
    below = (tissue < threshold[:, None]) & (index < at_peak[:, None])
    last = torch.where(below, index, torch.zeros_like(index)).max(dim=1).values
    following = (last + 1).clamp(max=n_frames - 1)
    lower = tissue.gather(1, last[:, None])[:, 0]
    upper = tissue.gather(1, following[:, None])[:, 0]
    share = ((threshold - lower) / (upper - lower).clamp(min=1e-3)).clamp(0.0, 1.0)
    return (last + share) * (times[1] - times[0])
