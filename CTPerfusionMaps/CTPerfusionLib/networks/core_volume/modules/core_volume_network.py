"""The network of Mittermeier et al. 2022: an encoder of frames, temporal filters, and one number."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import softplus

from ..encoder_weights import EncoderWeights
from .frame_encoder import FrameEncoder

N_SLICES = 2
N_FILTERS = 3
"""Temporal filters of each pathway and slice."""

N_HIDDEN = 32
"""Units of the dense layer."""

VOLUME_UNIT = 30.0
"""mL that the last layer's unit stands for, so that usual cores are numbers of about one (the paper's median
core is 32.4 mL)."""


class TemporalPathways(nn.Module):
    """The temporal filters of one slice: what each found best, at whatever time.

    Parameters
    ----------
    n_features : int
    kernels : sequence of int
        Odd; frames that each pathway's filters see.
    dropout : float
    """

    def __init__(self, n_features: int, kernels: Sequence[int], dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.filters = nn.ModuleList(
            nn.Conv1d(n_features, N_FILTERS, kernel, padding=kernel // 2) for kernel in kernels
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return the largest answers (B, pathways x 3) to features (B, T, F)."""
        series = self.drop(features.transpose(1, 2))
        answers = [self.drop(torch.relu(each(series))).amax(dim=2) for each in self.filters]
        return torch.cat([self.drop(each) for each in answers], dim=1)


def _begin_as_published(layer: nn.Module) -> None:
    """Draw the weights of a layer as Keras does where nothing else is asked for."""
    if isinstance(layer, nn.Conv1d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class CoreVolumeNetwork(nn.Module):
    """Says from two slices over time whether the core is large, or how large.

    Encoder weights are shared over times and slices; the temporal filters of the slices are separate, as in
    the published code.

    Parameters
    ----------
    encoder : FrameEncoder
    kernels : sequence of int
        Frames that the filters of each temporal pathway see.
    gives_volume : bool
        Whether it gives millilitres instead of a logit.
    dropout : float

    Attributes
    ----------
    encoder_weights : EncoderWeights
        Where those of the encoder came from.
    """

    def __init__(
        self, encoder: FrameEncoder, kernels: Sequence[int], *, gives_volume: bool, dropout: float
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.encoder_weights = EncoderWeights.trained()
        self.gives_volume = gives_volume
        self._is_frozen = False
        self.slices = nn.ModuleList(
            TemporalPathways(encoder.n_features, kernels, dropout) for _ in range(N_SLICES)
        )
        self.dense = nn.Linear(N_SLICES * len(kernels) * N_FILTERS, N_HIDDEN)
        self.last = nn.Linear(N_HIDDEN, 1)
        for part in (*self.slices, self.dense, self.last):
            part.apply(_begin_as_published)

    @property
    def has_frozen_encoder(self) -> bool:
        """Whether training leaves the encoder as it is."""
        return self._is_frozen

    def freeze_encoder(self) -> None:
        """Leave the encoder as it is from now on."""
        self._is_frozen = True
        self.encoder.requires_grad_(requires_grad=False).eval()

    def train(self, mode: bool = True) -> "CoreVolumeNetwork":
        """Set the mode; a frozen encoder stays in evaluation."""
        super().train(mode)
        if self._is_frozen:
            self.encoder.eval()
        return self

    def head_state(self) -> dict[str, torch.Tensor]:
        """Return the weights of all but the encoder, by name."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith("encoder.")}

    @torch.no_grad()
    def prepare(self, stack: torch.Tensor) -> torch.Tensor:
        """Return (B, 2, ...) what training leaves as it is of standardised stacks (B, 2, T, Y, X)."""
        return torch.unflatten(self.encoder.prepare(stack.flatten(0, 1)), 0, stack.shape[:2])

    def encode(self, prepared: torch.Tensor) -> torch.Tensor:
        """Return features (B, 2, T, F) of what was prepared."""
        return torch.unflatten(self.encoder(prepared.flatten(0, 1)), 0, prepared.shape[:2])

    def answer(self, prepared: torch.Tensor) -> torch.Tensor:
        """Return logits or mL (B,) of what was prepared."""
        return self.head(self.encode(prepared))

    def head(self, features: torch.Tensor) -> torch.Tensor:
        """Return logits or mL (B,) of features (B, 2, T, F)."""
        answers = [each(features[:, index]) for index, each in enumerate(self.slices)]
        hidden = torch.relu(self.dense(torch.cat(answers, dim=1)))
        number = self.last(hidden)[:, 0]
        return VOLUME_UNIT * softplus(number) if self.gives_volume else number

    def forward(self, stack: torch.Tensor) -> torch.Tensor:
        """Return logits or mL (B,) of standardised stacks (B, 2, T, Y, X)."""
        return self.answer(self.prepare(stack))
