"""Agreement, differences and proportions of cases, each with its interval, in numpy and scipy.

Where data are too few or do not vary, what cannot be said is None; nothing is ever NaN.
"""

from .bland_altman import LIMIT_SDS, BlandAltman, bland_altman
from .comparison import GroupComparison, PairedComparison, compare_groups, compare_pairs
from .concordance import Concordance, concordance
from .correlation import Correlation, pearson_correlation
from .friedman import FriedmanTest, friedman_test
from .image_error import mean_squared_error, peak_signal_to_noise
from .interval import CONFIDENCE, Interval
from .intraclass import IccForm, IntraclassCorrelation, intraclass_correlation
from .overlap import dice
from .proportion import Proportion, ProportionInterval, proportion
from .regression import Regression, linear_regression
from .samples import Summary, summarise

__all__ = [
    "CONFIDENCE",
    "LIMIT_SDS",
    "BlandAltman",
    "Concordance",
    "Correlation",
    "FriedmanTest",
    "GroupComparison",
    "IccForm",
    "Interval",
    "IntraclassCorrelation",
    "PairedComparison",
    "Proportion",
    "ProportionInterval",
    "Regression",
    "Summary",
    "bland_altman",
    "compare_groups",
    "compare_pairs",
    "concordance",
    "dice",
    "friedman_test",
    "intraclass_correlation",
    "linear_regression",
    "mean_squared_error",
    "peak_signal_to_noise",
    "pearson_correlation",
    "proportion",
    "summarise",
]
