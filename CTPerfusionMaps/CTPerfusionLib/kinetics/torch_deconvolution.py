"""Deconvolution by torch: the same steps as on the processor, for all voxels of a chunk at once."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .arterial_input import FloatArray
from .deconvolution_operators import CirculantOperator, ToeplitzOperator
from .response_reader import ResponseReader

if TYPE_CHECKING:
    import torch


def torch_reader(operator: CirculantOperator | ToeplitzOperator, device: "torch.device") -> ResponseReader:
    """Return what deconvolves by `operator` on a torch device, in single precision."""
    if isinstance(operator, CirculantOperator):
        return _CirculantReader(operator, device)
    return _ToeplitzReader(operator, device)


class _CirculantReader:
    def __init__(self, operator: CirculantOperator, device: "torch.device") -> None:
        self.device = device
        self.left = _tensor(operator.left, device)
        self.responses = _tensor(operator.responses, device)
        self.gram = _tensor(operator.gram, device)
        self.counts = [int(count) for count in operator.counts]
        self.freedoms = _tensor(operator.residual_freedoms, device)
        self.first_lag = operator.first_lag
        self.roughest = operator.greatest_roughness

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        import torch

        samples = _tensor(curves, self.device)
        modes = samples @ self.left
        choices = torch.zeros(len(modes), dtype=torch.long, device=self.device)
        if len(self.counts) > 1:
            self._keep_steady_modes(modes, choices)
        energy = (samples * samples).sum(dim=1)
        explained = (modes * (2 * modes - modes @ self.gram)).sum(dim=1)
        return _reading(
            samples,
            energy,
            modes @ self.responses,
            self.first_lag,
            energy - explained,
            self.freedoms[choices],
        )

    def _keep_steady_modes(self, modes: "torch.Tensor", choices: "torch.Tensor") -> None:
        """Leave out modes of each voxel, the weakest first, until its response oscillates little enough."""
        import torch

        undecided = torch.arange(len(modes), device=self.device)
        for choice, count in enumerate(self.counts):
            modes[undecided, count:] = 0.0
            choices[undecided] = choice
            responses = modes[undecided, :count] @ self.responses[:count]
            second = responses.roll(1, dims=1) - 2 * responses + responses.roll(-1, dims=1)
            accepted = second.abs().sum(dim=1) < self.roughest * responses.amax(dim=1)
            undecided = undecided[~accepted]
            if len(undecided) == 0:
                return


class _ToeplitzReader:
    def __init__(self, operator: ToeplitzOperator, device: "torch.device") -> None:
        self.device = device
        self.left = _tensor(operator.left, device)
        self.right = _tensor(operator.right, device)
        self.gains = _tensor(operator.gains, device)
        self.residual_weights = _tensor(operator.residual_weights, device)
        self.penalties = _tensor(operator.cross_validation_weights, device)
        self.freedoms = _tensor(operator.residual_freedoms, device)
        self.first_lag = operator.first_lag

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        samples = _tensor(curves, self.device)
        modes = samples @ self.left
        residuals = (modes * modes) @ self.residual_weights
        choices = (residuals * self.penalties).argmin(dim=1)
        unexplained = residuals.gather(1, choices[:, None])[:, 0]
        responses = (modes * self.gains[choices]) @ self.right
        energy = (samples * samples).sum(dim=1)
        return _reading(samples, energy, responses, self.first_lag, unexplained, self.freedoms[choices])


def _reading(
    samples: "torch.Tensor",
    energy: "torch.Tensor",
    responses: "torch.Tensor",
    first_lag: int,
    unexplained: "torch.Tensor",
    freedom: "torch.Tensor",
) -> NDArray[np.float32]:
    """Return the readings in the order of ``kernels.response_maps``."""
    import torch

    height, position = _peaks(responses)
    values = [height, position + first_lag, samples.sum(dim=1), energy, unexplained, freedom]
    return np.asarray(torch.stack(values).cpu().numpy())


def _peaks(responses: "torch.Tensor") -> tuple["torch.Tensor", "torch.Tensor"]:
    """Return height and position of the greatest value of each response, refined by a parabola."""
    import torch

    n_lags = responses.shape[1]
    top, peak = responses.max(dim=1)
    before = responses.gather(1, (peak - 1).clamp(min=0)[:, None])[:, 0]
    after = responses.gather(1, (peak + 1).clamp(max=n_lags - 1)[:, None])[:, 0]
    slope, curvature = before - after, before - 2 * top + after
    refined = (peak > 0) & (peak < n_lags - 1) & (curvature < 0)
    shift = torch.where(refined, slope / torch.where(refined, 2 * curvature, 1.0), 0.0)
    return top - slope * shift / 4, peak + shift


def _tensor(values: NDArray[np.floating], device: "torch.device") -> "torch.Tensor":
    import torch

    return torch.as_tensor(np.asarray(values, dtype=np.float32), device=device)
