"""What Mittermeier et al. 2022 report, as data to stand beside our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .core_volume_case import Cohort

SOURCE = "Mittermeier et al., Diagnostics 2022;12:1142"


@dataclass(frozen=True)
class PublishedArea:
    """An area under the ROC curve.

    Attributes
    ----------
    mean : float
    sd : float or None
        Over ten folds; None for a single area.
    """

    mean: float
    sd: float | None = None

    def __str__(self) -> str:
        """Return it as the paper prints it."""
        return f"{self.mean:.2f}" if self.sd is None else f"{self.mean:.2f} ({self.sd:.2f})"


PUBLISHED_AREAS: Mapping[Cohort, PublishedArea] = MappingProxyType(
    {
        Cohort.VALIDATION: PublishedArea(0.75, 0.11),
        Cohort.TEST: PublishedArea(0.72, 0.10),
        Cohort.EXTERNAL: PublishedArea(0.61),
    }
)
"""Table 1: of the full model; external, the ensemble on 23 patients of ISLES 2018."""

ABLATION_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "both": "full model",
        "global": "global feature extractor alone",
        "local": "local feature extractor alone",
    }
)
"""Columns of table 2 by the pathways of the network."""

PUBLISHED_ABLATION: Mapping[str, PublishedArea] = MappingProxyType(
    {
        "both": PublishedArea(0.72, 0.10),
        "global": PublishedArea(0.63, 0.14),
        "local": PublishedArea(0.65, 0.13),
    }
)
"""Table 2: test folds by the pathways of the network."""


@dataclass(frozen=True)
class PublishedCohort:
    """Patients of the paper.

    Attributes
    ----------
    title, data : str
    large, small : int
        Patients with a large and with a small core.
    """

    title: str
    data: str
    large: int
    small: int


PUBLISHED_THRESHOLD_ML = 32.4
"""Median core volume of the paper's training cohort."""

PUBLISHED_EXTERNAL = PublishedCohort("independent test cohort", "ISLES 2018", 12, 11)

PUBLISHED_EPOCHS, PUBLISHED_MINUTES = 500, "about 1440"
"""Most epochs of a fold, and the time of the cross-validation, some 24 hours (sections 2.4 and 3)."""

PUBLISHED_N_TRAINING = 217
"""Patients of the cross-validation, divided at their median."""
