"""What each stage of the UniToBrain data set leaves to be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ...io.layouts import UniToBrainStage
from ...preprocessing import DEFAULT_REGISTRATION_METHOD, FILTERS


@dataclass(frozen=True)
class StageRule:
    """What is still to be done to a series, by the names of :class:`CTPerfusionLib.pipeline.PipelineConfig`.

    Attributes
    ----------
    registration, filter : str
    """

    registration: str
    filter: str


_FILTER = next(iter(FILTERS))

STAGES: Mapping[UniToBrainStage, StageRule] = MappingProxyType(
    {
        UniToBrainStage.RAW: StageRule(DEFAULT_REGISTRATION_METHOD, _FILTER),
        UniToBrainStage.REGISTERED: StageRule("none", _FILTER),
        UniToBrainStage.FILTERED: StageRule("none", "none"),
    }
)
"""By stage."""
