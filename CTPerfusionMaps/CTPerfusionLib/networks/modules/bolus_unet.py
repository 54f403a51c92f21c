"""A joint U-Net of our own whose temporal filters are made for the bolus of the study."""

import torch
from torch import nn

from ..input_settings import CONTEXT_BANDS, InputSettings
from .bolus_alignment import N_SAMPLES, align
from .map_network import MapNetwork, padded_to_multiple

_BAND_SCALES = (0.02, 0.02, 0.04, 0.1, 0.5, 1.0)
"""What brings the mean curves of the bands, from vessels to tissue, to about one size."""


class _ResidualStage(nn.Module):
    """Two 3x3 convolutions with batch normalisation, added to their input."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        self.first_normalisation = nn.BatchNorm2d(n_out)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.second_normalisation = nn.BatchNorm2d(n_out)
        self.shortcut = nn.Identity() if n_in == n_out else nn.Conv2d(n_in, n_out, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        changed = torch.relu(self.first_normalisation(self.first(features)))
        changed = self.second_normalisation(self.second(changed))
        return torch.relu(self.shortcut(features) + changed)


class BolusUNet(MapNetwork):
    """U-Net on curves that are aligned with the bolus, with filters generated from the study's context.

    Deconvolution is linear in the tissue curve once the arterial input is known. Here no artery is chosen: a
    small network reads the context of the study (its mean curves by brightness) and gives the linear filters
    that are applied to the curve of every pixel; a U-Net follows that removes noise with the help of
    neighbours. The baseline image is taken out of the curves, so that maps follow contrast alone and not the
    density of grey and white matter, which a phantom ties to their flow.

    Parameters
    ----------
    settings : InputSettings
    n_maps : int
        C, maps that it gives.
    n_filters : int
        Temporal filters.
    widths : tuple of int
        Channels of the stages from the full image to the coarsest.
    n_hidden : int
        Features of the context.
    """

    def __init__(
        self,
        settings: InputSettings,
        n_maps: int,
        n_filters: int = 32,
        widths: tuple[int, ...] = (24, 48, 64, 96),
        n_hidden: int = 96,
    ) -> None:
        super().__init__()
        low, high = settings.window
        self._hu_per_unit = high - low
        self._interval = settings.interval
        self._n_filters = n_filters
        self._multiple = 2 ** (len(widths) - 1)
        self.context = nn.Sequential(
            nn.Linear((len(CONTEXT_BANDS) + 1) * N_SAMPLES, n_hidden), nn.ReLU(),
            nn.Linear(n_hidden, n_hidden), nn.ReLU(),
        )  # fmt: skip
        self.filters = nn.Parameter(torch.randn(n_filters, N_SAMPLES) * N_SAMPLES**-0.5)
        self.filter_changes = nn.Linear(n_hidden, n_filters * N_SAMPLES)
        nn.init.normal_(self.filter_changes.weight, std=0.3 * (n_hidden * N_SAMPLES) ** -0.5)
        nn.init.zeros_(self.filter_changes.bias)
        self.filter_offsets = nn.Linear(n_hidden, n_filters)
        self.enter = nn.Conv2d(n_filters, widths[0], 1)
        self.encoder = nn.ModuleList(
            _ResidualStage(n_in, n_out) for n_in, n_out in zip((widths[0], *widths[:-1]), widths, strict=True)
        )
        self.modulation = nn.ModuleList(_from_zero(n_hidden, 2 * width) for width in widths)
        self.decoder = nn.ModuleList(
            _ResidualStage(below + width, width)
            for below, width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = nn.Conv2d(widths[0] + n_filters, n_maps, 1)

    def forward(self, stack: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Return maps (B, C, Y, X) in [0, 1] of `stack` (B, T, Y, X) and `context` (B, K, T)."""
        rows, columns = stack.shape[-2:]
        # Curves rise by a few of 400 HU: in half precision most of that would be lost with the baseline.
        with torch.autocast(stack.device.type, enabled=False):
            read, filtered = self._filtered(stack.float(), context.float())
        filtered = padded_to_multiple(filtered, self._multiple)
        features = self.enter(filtered)
        skipped = []
        for depth, (stage, modulation) in enumerate(zip(self.encoder, self.modulation, strict=True)):
            if depth:
                features = nn.functional.avg_pool2d(features, 2)
            features = _modulated(self.run_stage(stage, features), modulation(read))
            skipped.append(features)
        for stage, kept in zip(self.decoder, skipped[-2::-1], strict=True):
            enlarged = nn.functional.interpolate(features, scale_factor=2.0, mode="bilinear")
            features = self.run_stage(stage, torch.cat([enlarged, kept], dim=1))
        maps = torch.sigmoid(self.last(torch.cat([features, filtered], dim=1)))
        return maps[..., :rows, :columns]

    def _filtered(self, stack: torch.Tensor, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what was read of the context (B, hidden) and the filtered curves (B, F, Y, X)."""
        alignment = align(context, self._interval)
        aligned = torch.bmm(alignment.operator, context.transpose(1, 2)).transpose(1, 2)
        scales = torch.tensor(_BAND_SCALES, device=context.device)[None, :, None]
        read = self.context(torch.cat([(aligned * scales).flatten(1), alignment.reached], dim=1))
        changes = self.filter_changes(read).view(-1, self._n_filters, N_SAMPLES)
        # Both operators are small: together they pass over the stack once.
        operator = torch.bmm(self.filters[None] + changes, alignment.operator * self._hu_per_unit)
        responses = torch.bmm(operator, stack.flatten(2)) + self.filter_offsets(read)[..., None]
        return read, torch.relu(responses).view(-1, self._n_filters, *stack.shape[-2:])


def _from_zero(n_in: int, n_out: int) -> nn.Linear:
    """Return a layer that does nothing until it is trained."""
    layer = nn.Linear(n_in, n_out)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _modulated(features: torch.Tensor, modulation: torch.Tensor) -> torch.Tensor:
    """Scale and shift each channel of `features` (B, C, Y, X) by `modulation` (B, 2 C)."""
    scale, shift = modulation[..., None, None].chunk(2, dim=1)
    return features * (1.0 + scale) + shift
