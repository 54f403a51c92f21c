"""What others report of the same cohorts, as text for a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class PublishedAgreement:
    """What was reported of one cohort.

    Attributes
    ----------
    source : str
        Who reports it, and how it was measured.
    values : mapping of str to str
        By the keys of the rows, see :func:`~.reference_tables.agreement_rows`.
    """

    source: str
    values: Mapping[str, str]


PUBLISHED_AGREEMENTS: Mapping[str, PublishedAgreement] = MappingProxyType(
    {
        "isles2018": PublishedAgreement(
            "OpenPerfusion 0.1.0 (Apache-2.0), its README: RAPID maps of 94 scans, block-circulant SVD with "
            "a truncation of 0.10, smoothing over 2 voxels; each case by a configuration that was chosen on "
            "the other half. Which ICC is meant, and whether r is a mean or a median, is not said.",
            MappingProxyType(
                {
                    "late icc": ".87", "late bias": "-0.6", "late limits": "-52 to +50",
                    "late dice": ".79", "late dice median": ".88",
                    "core icc": ".97", "core bias": "+1.2", "core limits": "-7 to +10",
                    "core dice": ".72", "core dice median": ".81",
                    "defuse3 agreement": ".89", "defuse3 kappa": ".74",
                    "r CBF": ".98", "r CBV": ".98", "r Tmax": ".77",
                }
            ),
        ),
        "unitobrain": PublishedAgreement(
            "OpenPerfusion 0.1.0 (Apache-2.0): SVD against the NLR maps of some patients, without one who "
            "moved much.",
            MappingProxyType({"r CBF": ".57 to .63", "r CBV": ".64 to .80", "r MTT": "-.19 to .71"}),
        ),
    }
)  # fmt: skip
"""By layout."""
