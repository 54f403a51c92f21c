"""Core, penumbra and hypoperfusion as segments, written as a ``.seg.nrrd`` that Slicer reads.

The file is a NRRD image with the custom fields of Slicer's segmentation storage node: disjoint segments
share one layer of labels, overlapping ones lie in further layers along a first, non-spatial axis.
No public scheme has codes for infarct core and penumbra; the terms are those of the private scheme 99CTPERF
in ``Resources/Terminology/SegmentationCategoryTypeModifier-CTPerfusion.term.json``, which also holds the
names and colours. Category and region are SNOMED CT codes from DICOM CID 7150 and CID 4030.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..resources import resource_path
from ..series import RAS_TO_LPS, CodedConcept, Colour
from ..series.geometry import FloatArray
from ..staging import staging_folder

Mask = NDArray[np.bool_]

TERMINOLOGY_FILE = "SegmentationCategoryTypeModifier-CTPerfusion.term.json"
"""Names, colours and codes of the segments, in the schema of Slicer's Terminologies module."""

_BRAIN = CodedConcept("12738006", "SCT", "Brain")
_NONE = "^^"


@dataclass(frozen=True)
class Terminology:
    """What a segment means: context, category, type and anatomic region."""

    context: str
    category: CodedConcept
    type: CodedConcept
    region: CodedConcept = _BRAIN

    def serialise(self) -> str:
        """Return the string that Slicer keeps in a segment's tag ``TerminologyEntry``."""
        return "~".join(
            (
                self.context,
                _triplet(self.category),
                _triplet(self.type),
                _NONE,
                "Anatomic codes - DICOM master list",
                _triplet(self.region),
                _NONE,
            )
        )


@dataclass(frozen=True)
class SegmentKind:
    """What is known about a segment before its voxels are: identifier, name, colour, meaning."""

    id: str
    name: str
    colour: Colour
    terminology: Terminology


@dataclass(frozen=True, eq=False)
class Segment:
    """A region of the image.

    Attributes
    ----------
    id : str
        Stable identifier such as ``core``.
    name : str
    mask : ndarray of bool, shape (Z, Y, X)
    colour : Colour
    terminology : Terminology
    """

    id: str
    name: str
    mask: Mask
    colour: Colour
    terminology: Terminology


@cache
def segment_kinds() -> Mapping[str, SegmentKind]:
    """Return the kinds of segment that the terminology file defines, by identifier."""
    context = json.loads(resource_path("Terminology", TERMINOLOGY_FILE).read_text(encoding="utf-8"))
    name = context["SegmentationCategoryTypeContextName"]
    return {
        kind["CodeValue"]: SegmentKind(
            id=kind["CodeValue"],
            name=kind["3dSlicerLabel"],
            colour=_colour(kind["recommendedDisplayRGBValue"]),
            terminology=Terminology(name, _concept(category), _concept(kind)),
        )
        for category in context["SegmentationCodes"]["Category"]
        for kind in category["Type"]
    }


def lesion_segments(masks: Mapping[str, Mask]) -> tuple[Segment, ...]:
    """Return segments for the masks ``core``, ``penumbra`` and ``hypoperfusion``, in that order.

    Parameters
    ----------
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
        By identifier; kinds without a mask are left out.

    Raises
    ------
    ValueError
        If a key is not one of :func:`segment_kinds`.
    """
    kinds = segment_kinds()
    if unknown := sorted(set(masks) - set(kinds)):
        raise ValueError(f"no segment kind is called {', '.join(unknown)}; known are {', '.join(kinds)}")
    return tuple(
        Segment(kind.id, kind.name, masks[kind.id], kind.colour, kind.terminology)
        for kind in kinds.values()
        if kind.id in masks
    )


def write_segmentation(
    path: Path | str, segments: Sequence[Segment], ijk_to_ras: FloatArray, shape: tuple[int, int, int]
) -> None:
    """Write segments as a ``.seg.nrrd`` file, whole or not at all.

    Parameters
    ----------
    path : Path or str
        File to write; its name should end in ``.seg.nrrd``.
    segments : sequence of Segment
        May overlap and may be empty.
    ijk_to_ras : ndarray, shape (4, 4)
    shape : tuple of int
        (Z, Y, X).

    Raises
    ------
    ValueError
        If a mask does not have `shape`, or two segments share an identifier.
    ConfigurationError
        If the folder cannot be written.
    """
    import nrrd

    path = Path(path)
    _check(segments, shape)
    layers, places = _pack(segments, shape)
    header = _geometry_fields(ijk_to_ras, n_layers=len(layers))
    header |= _segmentation_fields()
    for index, (segment, place) in enumerate(zip(segments, places, strict=True)):
        header |= _segment_fields(f"Segment{index}_", segment, place)
    voxels = layers.transpose(0, 3, 2, 1) if len(layers) > 1 else layers[0].transpose(2, 1, 0)
    with staging_folder(path) as folder:
        nrrd.write(str(folder / path.name), voxels, header, compression_level=6)
        (folder / path.name).replace(path)


@dataclass(frozen=True)
class _Place:
    layer: int
    label: int


def _check(segments: Sequence[Segment], shape: tuple[int, int, int]) -> None:
    if len({segment.id for segment in segments}) < len(segments):
        raise ValueError("two segments have the same identifier")
    for segment in segments:
        if segment.mask.shape != shape:
            raise ValueError(f"the mask of {segment.id} has shape {segment.mask.shape}, expected {shape}")


def _pack(
    segments: Sequence[Segment], shape: tuple[int, int, int]
) -> tuple[NDArray[np.uint8], tuple[_Place, ...]]:
    """Put each segment into the first layer where it overlaps nothing; layers have shape (L, Z, Y, X)."""
    layers = [np.zeros(shape, dtype=np.uint8)]
    places: list[_Place] = []
    for segment in segments:
        mask = segment.mask.astype(bool, copy=False)
        free = [index for index, layer in enumerate(layers) if not layer[mask].any()]
        if not free:
            layers.append(np.zeros(shape, dtype=np.uint8))
        layer = free[0] if free else len(layers) - 1
        label = 1 + sum(place.layer == layer for place in places)
        layers[layer][mask] = label
        places.append(_Place(layer, label))
    return np.stack(layers), tuple(places)


def _geometry_fields(ijk_to_ras: FloatArray, n_layers: int) -> dict[str, Any]:
    ijk_to_lps = RAS_TO_LPS @ np.asarray(ijk_to_ras, dtype=float)
    directions = ijk_to_lps[:3, :3].T
    kinds = ["domain"] * 3
    if n_layers > 1:
        directions = np.vstack([np.full(3, np.nan), directions])
        kinds = ["list", *kinds]
    return {
        "space": "left-posterior-superior",
        "kinds": kinds,
        "space directions": directions,
        "space origin": ijk_to_lps[:3, 3],
        "encoding": "gzip",
    }


def _segmentation_fields() -> dict[str, Any]:
    return {
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_MasterRepresentation": "Binary labelmap",  # the same, for Slicer before 5.2
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }


def _segment_fields(prefix: str, segment: Segment, place: _Place) -> dict[str, Any]:
    return {
        f"{prefix}ID": segment.id,
        f"{prefix}Name": segment.name,
        f"{prefix}NameAutoGenerated": "0",
        f"{prefix}Color": " ".join(f"{channel:.6g}" for channel in segment.colour),
        f"{prefix}ColorAutoGenerated": "0",
        f"{prefix}Extent": " ".join(str(bound) for bound in _extent(segment.mask)),
        f"{prefix}LabelValue": str(place.label),
        f"{prefix}Layer": str(place.layer),
        f"{prefix}Tags": f"TerminologyEntry:{segment.terminology.serialise()}|",
    }


def _extent(mask: Mask) -> tuple[int, ...]:
    """Return first and last column, row and slice of a mask; 0 -1 0 -1 0 -1 where it is empty."""
    bounds: list[int] = []
    for axis in (2, 1, 0):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(mask.any(axis=others))
        bounds += [int(used[0]), int(used[-1])] if used.size else [0, -1]
    return tuple(bounds)


def _triplet(concept: CodedConcept) -> str:
    return f"{concept.scheme}^{concept.value}^{concept.meaning}"


def _concept(entry: Mapping[str, Any]) -> CodedConcept:
    return CodedConcept(entry["CodeValue"], entry["CodingSchemeDesignator"], entry["CodeMeaning"])


def _colour(rgb: Sequence[int]) -> Colour:
    red, green, blue = (channel / 255 for channel in rgb)
    return red, green, blue
