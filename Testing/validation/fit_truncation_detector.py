"""Fit the detector of truncated scans to tuning phantoms: prints what stands in CTPerfusionLib.quality.

    python Testing/validation/fit_truncation_detector.py [--seeds FIRST-LAST]

Scans of 80 s are cut at 25 to 60 s; see preprocessing/truncation_cuts.py. Takes half an hour on two
cores. Afterwards the table of coefficients and the limit go into CTPerfusionLib/quality/truncation.py by
hand, and validate_preprocessing.py reports on other seeds.
"""

import argparse
import sys

import numpy as np
from numpy.typing import NDArray
from preprocessing.discrimination import roc_auc, sensitivity, specificity
from preprocessing.phantoms import for_each
from preprocessing.truncation_cuts import SHOWN_METHODS, Cut, run_seed
from scipy import optimize
from validate_preprocessing import seed_range

TUNING_SEEDS = range(100, 152)
RIDGE = 1e-3
"""Penalty on squared coefficients of standardised features; steep fits would call every scan 0 or 1."""

SIGNS = {"aif_to_end": -1.0, "tissue_tail": 1.0, "transit_spread": 1.0}
"""Features, and which way they may act: a longer scan is never less reliable."""

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]


def features_of(cuts: list[Cut]) -> Array:
    """Return the features, shape (scans, features)."""
    return np.array([[getattr(cut.features, name) for name in SIGNS] for cut in cuts])


def fit(features: Array, unreliable: Labels) -> Array:
    """Return the intercept and the coefficients, in the units of the features."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    standardised = (features - mean) / spread
    signed = np.where(unreliable, 1.0, -1.0)

    def loss(weights: Array) -> float:
        margins = signed * (weights[0] + standardised @ weights[1:])
        return float(np.logaddexp(0.0, -margins).mean() + RIDGE * (weights[1:] ** 2).sum())

    bounds = [(None, None), *((0.0, None) if sign > 0 else (None, 0.0) for sign in SIGNS.values())]
    weights = optimize.minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
    slopes = weights[1:] / spread
    return np.array([weights[0] - slopes @ mean, *slopes])


def probabilities(features: Array, coefficients: Array) -> Array:
    """Return the probability of each scan."""
    return np.asarray(1.0 / (1.0 + np.exp(-(coefficients[0] + features @ coefficients[1:]))))


def cross_validated(features: Array, unreliable: Labels, seeds: NDArray[np.intp]) -> Array:
    """Return the probability of each scan by a fit without its patient."""
    found = np.empty(len(seeds))
    for seed in np.unique(seeds):
        own = seeds == seed
        found[own] = probabilities(features[own], fit(features[~own], unreliable[~own]))
    return found


def main() -> int:
    """Simulate, fit and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=seed_range, default=TUNING_SEEDS, metavar="FIRST-LAST")
    patients = for_each(run_seed, parser.parse_args().seeds, "truncation")
    everything, truth = [], []
    for name in SHOWN_METHODS:
        cuts = [cut for patient in patients for cut in patient.cuts if cut.method == name]
        features, seeds = features_of(cuts), np.array([cut.seed for cut in cuts])
        unreliable = np.array([cut.is_unreliable() for cut in cuts])
        coefficients = fit(features, unreliable)
        found = cross_validated(features, unreliable, seeds)
        everything.append(found)
        truth.append(unreliable)
        written = ", ".join(f"{value:.3g}" for value in coefficients)
        sys.stdout.write(
            f"{name}: TruncationModel({written}); {unreliable.sum()} of {len(cuts)} cuts unreliable, "
            f"cross-validated AUC {roc_auc(found, unreliable):.3f}\n"
        )
    _write_limits(np.concatenate(everything), np.concatenate(truth))
    return 0


def _write_limits(found: Array, unreliable: Labels) -> None:
    sys.stdout.write("limit: sensitivity, specificity of all methods together\n")
    for limit in np.arange(0.1, 0.75, 0.05):
        flagged = found > limit
        sys.stdout.write(
            f"{limit:.2f}: {sensitivity(flagged, unreliable):.3f}, {specificity(flagged, unreliable):.3f}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
