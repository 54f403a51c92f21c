"""Perfusion of brain tissue: what flows through a mixture of grey and white matter in health and stroke."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .microangiopathy import CBF_FACTOR, CBV_FACTOR, EXTRA_DELAY


@dataclass(frozen=True)
class TissueFlow:
    """CBF (mL/100 g/min) and CBV (mL/100 g) of grey and white matter.

    Normal and core values after the realistic brain phantom of Riordan et al. 2011 (values as published
    with the FAU phantom); penumbra keeps white matter above 30 % of normal mixed flow.
    """

    grey_cbf: float
    white_cbf: float
    grey_cbv: float
    white_cbv: float

    def cbf(self, grey: NDArray[np.float32], white: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the flow of a mixture."""
        return np.asarray(self.grey_cbf * grey + self.white_cbf * white, dtype=np.float32)

    def cbv(self, grey: NDArray[np.float32], white: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the blood volume of a mixture."""
        return np.asarray(self.grey_cbv * grey + self.white_cbv * white, dtype=np.float32)


NORMAL = TissueFlow(53.0, 25.0, 3.3, 1.9)
PENUMBRA = TissueFlow(22.0, 15.0, 3.5, 2.0)
CORE = TissueFlow(5.3, 2.5, 0.71, 0.42)

NORMAL_DELAY = 0.4
POSTERIOR_EXTRA_DELAY = 0.5
WHITE_EXTRA_DELAY = 0.3
COLLATERAL_DELAY = 2.9
"""s; mean delay, its additions by territory and tissue, and what the shortest collateral path adds."""

COLLATERAL_SLOWNESS = 0.16
"""s per mm from the border of the underperfused tissue inwards."""

LONGEST_COLLATERAL = 28.0
"""mm after which collateral paths get no longer."""

CBF_TEXTURE, PENUMBRA_CBF_TEXTURE = 0.16, 0.06
"""Relative change of flow at the extremes of the texture."""


@dataclass(frozen=True, eq=False)
class TissueState:
    """What decides the perfusion of each of N tissue points; arrays of shape (N,)."""

    grey: NDArray[np.float32]
    white: NDArray[np.float32]
    texture: NDArray[np.float32]
    posterior: NDArray[np.float32]
    wander: NDArray[np.float32]
    penumbra: NDArray[np.float32]
    core: NDArray[np.float32]
    depth: NDArray[np.float32]
    microangiopathy: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TissuePerfusion:
    """CBF, CBV (per 100 g of the voxel's content, fluid included) and delay in s; arrays of shape (N,)."""

    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    delay: NDArray[np.float32]

    @property
    def mtt(self) -> NDArray[np.float32]:
        """Mean transit time in s by the central volume theorem."""
        return np.asarray(60.0 * self.cbv / self.cbf, dtype=np.float32)


def perfuse(state: TissueState) -> TissuePerfusion:
    """Return the perfusion of tissue in the given state."""
    grey, white = state.grey, state.white
    # Where collaterals alone feed the tissue, their pressure limits its flow, not its small vessels:
    # the disease adds nothing there, so it never turns penumbra into core.
    disease = state.microangiopathy * (1.0 - state.penumbra) * white / np.maximum(grey + white, 1e-3)
    texture = state.texture * (CBF_TEXTURE + (PENUMBRA_CBF_TEXTURE - CBF_TEXTURE) * state.penumbra)
    flow = _graded(NORMAL.cbf(grey, white), PENUMBRA.cbf(grey, white), CORE.cbf(grey, white), state)
    volume = _graded(NORMAL.cbv(grey, white), PENUMBRA.cbv(grey, white), CORE.cbv(grey, white), state)
    delay = NORMAL_DELAY + POSTERIOR_EXTRA_DELAY * state.posterior + WHITE_EXTRA_DELAY * white
    delay = np.maximum(delay + 0.15 * state.wander, 0.05)
    path = np.clip(state.depth, 0.0, LONGEST_COLLATERAL)
    delay = delay + state.penumbra * (COLLATERAL_DELAY + COLLATERAL_SLOWNESS * path)
    return TissuePerfusion(
        cbf=np.asarray(flow * (1 - texture) * (1 - (1 - CBF_FACTOR) * disease), dtype=np.float32),
        cbv=np.asarray(volume * (1 - 0.7 * texture) * (1 - (1 - CBV_FACTOR) * disease), dtype=np.float32),
        delay=np.asarray(delay + EXTRA_DELAY * disease, dtype=np.float32),
    )


def _graded(
    normal: NDArray[np.float32], penumbra: NDArray[np.float32], core: NDArray[np.float32], state: TissueState
) -> NDArray[np.float32]:
    """Blend from normal through penumbra into core."""
    underperfused = normal + state.penumbra * (penumbra - normal)
    return np.asarray(underperfused + state.core * (core - underperfused), dtype=np.float32)
