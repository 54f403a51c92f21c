"""All figures of an evaluation of core-volume networks, with what they show."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from .core_volume_case import CoreVolumeEvaluation
from .core_volume_roc_figures import areas_figure, cohorts_figure, folds_figure
from .core_volume_scatter_figures import probability_figure, volume_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWINGS: Mapping[str, Callable[[CoreVolumeEvaluation], "Figure | None"]] = MappingProxyType(
    {
        "roc_test_folds": folds_figure,
        "roc_new_patients": cohorts_figure,
        "areas": areas_figure,
        "probability": probability_figure,
        "volume": volume_figure,
    }
)

CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "roc_test_folds": "ROC curves of the full model in the test folds of the cross-validation, each "
        "network on its own fold. Thick blue: mean at each false-positive rate, with mean ± SD of the areas; "
        "grey: ± 1 SD; dashed: chance (figure 3 of the paper, whose mean (SD) is 0.72 (0.10)).",
        "roc_new_patients": "ROC curves of the full model on patients that no network knows: each network "
        "(thin blue), their mean ± 1 SD, and the ensemble (black) with DeLong's 95 % interval. Circle: where "
        "the ensemble decides.",
        "areas": "ROC-AUC of each network (points) with mean ± SD, for the full model and those with the "
        "global or the local temporal pathway alone. Grey diamonds: the paper's patients, mean ± SD of the "
        "test folds, and the ensemble on external patients. Dashed: chance.",
        "probability": "Probability of a large core (mean of the networks that did not learn from the "
        "patient) against the true core volume. Red: large cores, black: small ones; hollow: called wrongly. "
        "Grey: the threshold in mL, and the probability from which on a core is called large.",
        "volume": "Core volume as estimated by the networks with a volume head (mean of those that did not "
        "learn from the patient). Left: against the truth; grey: identity. Right: difference against mean; "
        "solid: bias, dashed: bias ± 1.96 SD. Dotted: the threshold between small and large.",
    }
)
"""What each figure shows."""


def core_volume_figures(evaluation: CoreVolumeEvaluation) -> dict[str, "Figure"]:
    """Return all figures that an evaluation allows, by the stem of their files."""
    drawn = {name: draw(evaluation) for name, draw in _DRAWINGS.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}
