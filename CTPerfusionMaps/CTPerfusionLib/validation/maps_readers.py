"""Two automatic readers in place of the papers' two raters: rules by which lesions are drawn on maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..lesion import (
    CoreNormalisation,
    Criterion,
    LesionMaps,
    NormalisationChoice,
    Relation,
    SymmetryPlane,
    ThresholdProtocol,
    prepare_lesion,
    segment,
)
from .maps_score import FloatImage, Mask

_REFERENCE_TIME = 4.0
"""Tissue with a TTP up to this, in seconds, is normally perfused: what relative flow refers to."""

_LATE = Criterion("TTP", Relation.ABOVE, 6.0)


@dataclass(frozen=True)
class MapReader:
    """A rule that draws core and hypoperfused tissue on a set of maps.

    Attributes
    ----------
    name : str
        As tables call it.
    title : str
        The rule in words.
    protocol : ThresholdProtocol
    """

    name: str
    title: str
    protocol: ThresholdProtocol


def _reader(name: str, title: str, core: Criterion, hypoperfusion: tuple[Criterion, ...]) -> MapReader:
    """Return a reader whose core lies within the hypoperfused tissue; cleaning as in installed protocols."""
    protocol = ThresholdProtocol(
        name=name,
        title=title,
        source="automatic reader of the evaluation of networks",
        core=(core,),
        hypoperfusion=hypoperfusion,
        core_requires_hypoperfusion=True,
        reference_tmax_at_most=_REFERENCE_TIME,
        mismatch_core=CoreNormalisation.GLOBAL,
        opening_radius_mm=1.5,
        closing_radius_mm=6.0,
        minimum_cluster_ml=1.0,
    )
    return MapReader(name, title, protocol)


READERS: Mapping[str, MapReader] = MappingProxyType(
    {
        reader.name: reader
        for reader in (
            _reader(
                "R1",
                "relative: hypoperfused tissue TTP > 6 s, core in it relative CBF < 30 %",
                Criterion("rCBF", Relation.BELOW, 0.30),
                (_LATE,),
            ),
            _reader(
                "R2",
                "absolute: hypoperfused tissue TTP > 6 s and CBF < 27 mL/100 g/min, core in it CBV < 1.5 "
                "mL/100 g",
                Criterion("CBV", Relation.BELOW, 1.5),
                (Criterion("CBF", Relation.BELOW, 27.0), _LATE),
            ),
        )
    }
)
"""Both readers by name. The first reads flow relative to normal tissue, as RAPID does and Rau et al. 2024;
the second absolute values, core on CBV and hypoperfused tissue on CBF and TTP as Gava et al. 2023 drew them.
27 mL/100 g/min is quoted of syngo, 1.5 mL/100 g lies between 1.2 (syngo) and 2.0 (Wintermark 2006). They were
fixed on true maps of simulated heads, never on those of a network."""

NEEDED_MAPS = ("CBV", "CBF", "TTP")
"""Maps without which no lesion can be drawn."""


@dataclass(frozen=True, eq=False)
class LesionReading:
    """What one reader drew on one set of maps.

    Attributes
    ----------
    core, hypoperfusion : ndarray of bool, shape (Z, Y, X)
        Hypoperfused tissue contains the core.
    """

    core: Mask
    hypoperfusion: Mask


def prepare_reading(
    maps: Mapping[str, FloatImage],
    tissue: Mask,
    baseline: NDArray[Any],
    ijk_to_ras: NDArray[Any],
    plane: SymmetryPlane | None = None,
) -> LesionMaps:
    """Prepare maps for all readers.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (Z, Y, X)
        CBV, CBF and TTP in physical units; TTP counts as Tmax, as its definition is (delay + MTT/2).
    tissue : ndarray of bool, shape (Z, Y, X)
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    ijk_to_ras : ndarray, shape (4, 4)
    plane : SymmetryPlane, optional
        The mid-sagittal plane, where it is known already.

    Raises
    ------
    ProcessingError
        If too little tissue is normally perfused to refer to.
    """
    inside = {name: np.where(tissue, values, np.float32(np.nan)) for name, values in maps.items()}
    return prepare_lesion(
        {**inside, "Tmax": inside["TTP"]},
        tissue,
        baseline,
        ijk_to_ras,
        reference_tmax_at_most=_REFERENCE_TIME,
        local=False,
        plane=plane,
    )


def read_lesion(reader: MapReader, prepared: LesionMaps) -> LesionReading:
    """Draw core and hypoperfused tissue on the affected side."""
    drawn = segment(prepared, reader.protocol, normalisation=NormalisationChoice.GLOBAL).segmentation
    return LesionReading(drawn.core, drawn.hypoperfusion)
