"""Stand-in for ``slicer.parameterNodeWrapper``: typed values in a real ``vtkMRMLScriptedModuleNode``."""

from .connectors import connector_for
from .containers import FloatRange, parameterPack
from .validators import (
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    RangeBounds,
    SingleStep,
    Validator,
    WithinRange,
)
from .wrapper import isParameterNodeWrapper, parameterNodeWrapper

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "FloatRange",
    "IsInstance",
    "Maximum",
    "Minimum",
    "NotNone",
    "RangeBounds",
    "SingleStep",
    "Validator",
    "WithinRange",
    "connector_for",
    "isParameterNodeWrapper",
    "parameterNodeWrapper",
    "parameterPack",
]
