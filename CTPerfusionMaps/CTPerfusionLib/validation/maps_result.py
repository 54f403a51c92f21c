"""All that an evaluation of networks measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .maps_case import MapCase
from .maps_examples import ExampleSlice


@dataclass(frozen=True, eq=False)
class MapEvaluation:
    """All that was measured.

    Attributes
    ----------
    cases : tuple of MapCase
    target_names : tuple of str
    methods : tuple of str
        The sets of models, then the yardsticks.
    model_names : tuple of str
        The sets of models alone.
    settings : mapping of str to str
        What was chosen, in the words of the tables.
    examples : tuple of ExampleSlice
    worst : ExampleSlice or None
    densities : mapping of str to ndarray
        By the name of the map: voxels by reference and predicted value, of held-out patients.
    """

    cases: tuple[MapCase, ...]
    target_names: tuple[str, ...]
    methods: tuple[str, ...]
    model_names: tuple[str, ...]
    settings: Mapping[str, str]
    examples: tuple[ExampleSlice, ...] = ()
    worst: ExampleSlice | None = None
    densities: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
