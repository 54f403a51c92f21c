"""Agreement, differences and proportions of cases, each with its interval, in numpy and scipy.

Where data are too few or do not vary, what cannot be said is None; nothing is ever NaN.
"""

from .bland_altman import LIMIT_SDS, BlandAltman, bland_altman
from .comparison import GroupComparison, PairedComparison, compare_groups, compare_pairs
from .concordance import Concordance, concordance
from .correlation import Correlation, pearson_correlation
from .delong import AucComparison, AucEstimate, delong_interval, delong_test
from .friedman import FriedmanTest, friedman_test
from .image_error import mean_squared_error, peak_signal_to_noise
from .interval import CONFIDENCE, Interval
from .intraclass import IccForm, IntraclassCorrelation, intraclass_correlation
from .kappa import KappaResult, cohen_kappa
from .overlap import dice
from .pair_moments import PairMoments, pair_moments
from .proportion import Proportion, ProportionInterval, proportion
from .regression import Regression, linear_regression
from .roc import MeanRoc, RocCurve, mean_roc, roc_auc, roc_curve
from .samples import Summary, summarise

__all__ = [
    "CONFIDENCE",
    "LIMIT_SDS",
    "AucComparison",
    "AucEstimate",
    "BlandAltman",
    "Concordance",
    "Correlation",
    "FriedmanTest",
    "GroupComparison",
    "IccForm",
    "Interval",
    "IntraclassCorrelation",
    "KappaResult",
    "MeanRoc",
    "PairMoments",
    "PairedComparison",
    "Proportion",
    "ProportionInterval",
    "Regression",
    "RocCurve",
    "Summary",
    "bland_altman",
    "cohen_kappa",
    "compare_groups",
    "compare_pairs",
    "concordance",
    "delong_interval",
    "delong_test",
    "dice",
    "friedman_test",
    "intraclass_correlation",
    "linear_regression",
    "mean_roc",
    "mean_squared_error",
    "pair_moments",
    "peak_signal_to_noise",
    "pearson_correlation",
    "proportion",
    "roc_auc",
    "roc_curve",
    "summarise",
]
