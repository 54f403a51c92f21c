"""A map as a DICOM parametric map.

Values are stored as they are, float32, with a mapping that names quantity and unit. Few viewers cope with
NaN; where nothing is known, a value below every measured one stands instead: -1 where no value is negative.
It is declared as Float Pixel Padding Value; viewers that do not know that attribute show it as black, and
unlike 0 nobody takes it for tissue without flow. The mapping covers it too, since some readers refuse values
outside of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..series import Quantity
from .concepts import PERFUSION_IMAGE_ANALYSIS, dicom_code
from .content import DicomContent
from .frame_order import sort_frames
from .series_kinds import RESEARCH
from .workspace import Workspace

if TYPE_CHECKING:
    from highdicom.pm import ParametricMap, RealWorldValueMapping

KIND = "maps"


def build_parametric_map(name: str, content: DicomContent, workspace: Workspace) -> ParametricMap:
    """Return the map called `name` with its quantity, unit, range and display window."""
    from highdicom import VOILUTTransformation
    from highdicom.pm import ParametricMap

    quantity, values = content.quantities[name], content.maps[name]
    padding = padding_value(values)
    stored = np.where(np.isfinite(values), values, padding).astype(np.float32)
    lower, upper = quantity.display_range
    dataset = ParametricMap(
        source_images=workspace.slices,
        pixel_array=stored,
        contains_recognizable_visual_features=False,
        real_world_value_mappings=[_mapping(quantity, stored)],
        voi_lut_transformations=[
            VOILUTTransformation(window_center=(lower + upper) / 2.0, window_width=upper - lower)
        ],
        content_label=name.upper(),
        content_description=description(quantity),
        content_qualification="RESEARCH",
        derivation=dicom_code(PERFUSION_IMAGE_ANALYSIS),
        **workspace.arguments(KIND, name, 1 + list(content.maps).index(name)),
    )
    dataset.FloatPixelPaddingValue = dataset.FloatPixelPaddingRangeLimit = padding
    sort_frames(dataset)
    workspace.finish(dataset)
    return dataset


def description(quantity: Quantity) -> str:
    """Return quantity, definition and unit in up to 64 characters: ``Tmax (centre) = delay + MTT/2, s``."""
    definition = f"{quantity.short_title} = {quantity.formula}" if quantity.formula else quantity.short_title
    return f"{', '.join(filter(None, (definition, quantity.unit)))}; {RESEARCH}"


def padding_value(values: NDArray[Any]) -> float:
    """Return what stands where nothing is known: -1, or a whole number below the least value."""
    known = values[np.isfinite(values)]
    return min(0.0, math.floor(known.min())) - 1.0 if known.size else -1.0


def _mapping(quantity: Quantity, stored: NDArray[np.float32]) -> RealWorldValueMapping:
    from highdicom.pm import RealWorldValueMapping

    return RealWorldValueMapping(
        lut_label=quantity.name,
        lut_explanation=quantity.title,
        unit=dicom_code(quantity.unit_code),
        value_range=(float(stored.min()), float(stored.max())),
        slope=1.0,
        intercept=0.0,
        quantity_definition=dicom_code(quantity.quantity_code),
    )
