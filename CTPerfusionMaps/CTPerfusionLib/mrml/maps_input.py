"""Maps from the volumes of a scene, checked, for the analysis of a lesion."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..series import QUANTITIES, CodedConcept, TmaxDefinition
from .describe import FLOW_READING_ATTRIBUTE, METHOD_ATTRIBUTE, TMAX_DEFINITION_ATTRIBUTE
from .geometry import matrix_to_world, volume_matrix
from .related import related_nodes
from .volumes import ATTENUATION
from .vtk_arrays import values_of

_SAME_PLACE = 0.05
"""mm by which the corners of two maps may differ if they lie on one grid."""

_BASELINE = "baseline"


@dataclass(frozen=True, eq=False)
class MapsInput:
    """Maps on one grid.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        ``CBF``, ``Tmax`` and what else was chosen.
    tissue : ndarray of bool, shape (Z, Y, X)
        Analysed tissue: where CBF is finite; of maps without NaN, as other software writes them, where it is
        above zero.
    baseline : ndarray, shape (Z, Y, X), or None
        HU; None where there is none.
    ijk_to_ras : ndarray, shape (4, 4)
        With the transform that the maps are under.
    tmax_definition : TmaxDefinition
        As the Tmax says; of maps that do not say it, the time of the residue's maximum, as most software has.
    method : str
        Kinetic method; empty if unknown.
    flow_reading : float
        What the method reads at the border of the core where the true relative flow is 1.
    """

    maps: Mapping[str, NDArray[np.float32]]
    tissue: NDArray[np.bool_]
    baseline: NDArray[Any] | None
    ijk_to_ras: NDArray[np.float64]
    tmax_definition: TmaxDefinition
    method: str
    flow_reading: float


def maps_from_nodes(
    cbf: Any,
    tmax: Any,
    cbv: Any | None = None,
    baseline: Any | None = None,
    mtt: Any | None = None,
    delay: Any | None = None,
) -> MapsInput:
    """Return the maps of volume nodes, after looking that they lie on one grid.

    Parameters
    ----------
    cbf, tmax : vtkMRMLScalarVolumeNode
    cbv, mtt, delay : vtkMRMLScalarVolumeNode, optional
    baseline : vtkMRMLScalarVolumeNode, optional
        Without it, that of the study that `cbf` belongs to.

    Raises
    ------
    ConfigurationError
        If CBF or Tmax is missing, a volume is empty, lies on another grid or says that it holds another
        quantity than it was chosen for, or CBF has no values.
    """
    for name, node in (("CBF", cbf), ("Tmax", tmax)):
        if node is None:
            raise ConfigurationError(f"No {name} map is chosen", "compute the maps, or choose volumes")
    baseline = baseline if baseline is not None else related_nodes(cbf).baseline
    chosen = {"CBF": cbf, "Tmax": tmax, "CBV": cbv, "MTT": mtt, "Delay": delay, _BASELINE: baseline}
    nodes = {name: node for name, node in chosen.items() if node is not None}
    for name, node in nodes.items():
        _refuse_other_quantity(name, node)
    images = {name: _voxels(name, node) for name, node in nodes.items()}
    ijk_to_ras = _world_matrix(cbf)
    for name, node in nodes.items():
        _refuse_other_grid(name, node, images[name].shape, ijk_to_ras, images["CBF"].shape)
    image = images.pop(_BASELINE, None)
    maps = {name: np.array(values, dtype=np.float32) for name, values in images.items()}
    definition = tmax.GetAttribute(TMAX_DEFINITION_ATTRIBUTE)
    return MapsInput(
        maps=MappingProxyType(maps),
        tissue=_tissue(maps["CBF"]),
        baseline=None if image is None else np.array(image),
        ijk_to_ras=ijk_to_ras,
        tmax_definition=TmaxDefinition(definition)
        if definition in tuple(TmaxDefinition)
        else TmaxDefinition.ARGMAX,
        method=cbf.GetAttribute(METHOD_ATTRIBUTE) or "",
        flow_reading=_number(cbf.GetAttribute(FLOW_READING_ATTRIBUTE), 1.0),
    )


def _refuse_other_quantity(name: str, node: Any) -> None:
    """Refuse a volume whose code says that it holds another quantity; one without a known code may pass."""
    entry = node.GetVoxelValueQuantity()
    if entry is None:
        return
    known = {(code.value, code.scheme): code for code in (ATTENUATION, *map(_code, QUANTITIES))}
    stated = known.get((entry.GetCodeValue(), entry.GetCodingSchemeDesignator()))
    expected = ATTENUATION if name == _BASELINE else _code(name)
    if stated is not None and stated != expected:
        raise ConfigurationError(
            f"The volume {node.GetName()}, chosen as {name}, says that it holds {stated.meaning}",
            f"choose the {name} volume of the study",
        )


def _code(name: str) -> CodedConcept:
    return QUANTITIES[name].quantity_code


def _voxels(name: str, node: Any) -> NDArray[Any]:
    image = node.GetImageData()
    scalars = None if image is None else image.GetPointData().GetScalars()
    if scalars is None or scalars.GetNumberOfComponents() != 1:
        raise ConfigurationError(
            f"The {name} volume {node.GetName()} holds no image", "choose another volume"
        )
    return values_of(image)


def _world_matrix(node: Any) -> NDArray[np.float64]:
    to_world = matrix_to_world(node)
    if to_world is None:
        raise ConfigurationError(
            f"The volume {node.GetName()} is under a transform that is not linear",
            "take it out of the transform, or harden the transform",
        )
    return np.asarray(to_world @ volume_matrix(node))


def _refuse_other_grid(
    name: str,
    node: Any,
    shape: tuple[int, ...],
    ijk_to_ras: NDArray[np.float64],
    expected: tuple[int, ...],
) -> None:
    corners = np.column_stack([np.vstack([np.zeros(3), np.diag(expected[::-1])]), np.ones(4)]).T
    if shape == expected and np.abs((_world_matrix(node) - ijk_to_ras) @ corners).max() <= _SAME_PLACE:
        return
    raise ConfigurationError(
        f"The {name} volume {node.GetName()} does not lie on the grid of the CBF",
        "choose maps of one computation, or resample it to the CBF",
    )


def _tissue(cbf: NDArray[np.float32]) -> NDArray[np.bool_]:
    tissue: NDArray[np.bool_] = np.isfinite(cbf)
    if tissue.all():
        tissue = cbf > 0
    if not tissue.any():
        raise ConfigurationError("The CBF map holds no values", "choose another volume")
    return tissue


def _number(text: str | None, otherwise: float) -> float:
    try:
        return float(text) if text else otherwise
    except ValueError:
        return otherwise
