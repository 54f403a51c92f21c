"""The card of an ensemble that was just trained."""

from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from ... import __version__
from ...networks.core_volume import ENCODERS, OUTPUTS, PATHWAYS, CoreVolumeCard, EncoderWeights
from ...statistics import Summary
from ..datasets import Split, is_simulated
from .cohort import Cohort
from .result import TEST, VALIDATION, CoreVolumeStudy
from .settings import STANDARDISED_BY_TITLES, CoreVolumeTraining

_PHANTOM_LIMITS = ("It was trained on simulated heads only; it has not been held against cores of patients.",)

_LIMITS = (
    "It looks at two slices; a core outside of them is not seen.",
    "Scanners, boluses and noise unlike those of its training data may be judged wrongly without a sign.",
)

_RANDOM_LIMITS = ("Its encoder was never trained: it shows the method, not what the method can reach.",)


def described_ensemble(
    study: CoreVolumeStudy,
    cohort: Cohort,
    divisions: tuple[Split, ...],
    settings: CoreVolumeTraining,
    encoder_weights: EncoderWeights,
) -> CoreVolumeCard:
    """Return the card of the ensemble of a cross-validation.

    Parameters
    ----------
    study : CoreVolumeStudy
    cohort : Cohort
    divisions : tuple of Split
        Of the folds.
    settings : CoreVolumeTraining
    encoder_weights : EncoderWeights
    """
    on_phantoms = is_simulated(cohort.recipe)
    return CoreVolumeCard(
        name=study.model.stem,
        title=_title(settings, cohort.source),
        architecture=settings.architecture,
        input=cohort.input,
        standardisation=cohort.standardisation,
        threshold_ml=study.threshold_ml,
        n_members=len(study.folds),
        encoder_weights=encoder_weights,
        trained_on_phantoms=on_phantoms,
        data=MappingProxyType(_data(cohort, divisions, on_phantoms)),
        schedule=MappingProxyType(_schedule(settings, study)),
        metrics=MappingProxyType(_metrics(study)),
        limits=(
            *(_PHANTOM_LIMITS if on_phantoms else ()),
            *(_RANDOM_LIMITS if encoder_weights.is_random else ()),
            *_LIMITS,
        ),
        licence="Apache-2.0" if on_phantoms else "as the terms of the training data allow",
        software=__version__,
    )


def _title(settings: CoreVolumeTraining, source: str) -> str:
    parts = settings.architecture
    output = "Core volume in mL" if OUTPUTS[parts.output].is_volume else "Large or small core"
    return (
        f"{output}: encoder {ENCODERS[parts.encoder].name}, temporal pathways "
        f"{PATHWAYS[parts.pathways].title}; trained on {source}"
    )


def _data(cohort: Cohort, divisions: tuple[Split, ...], on_phantoms: bool) -> dict[str, Any]:
    """Return what was trained with; names of simulated heads hide nobody and keep a later test apart."""
    large = sum(cohort.labels.large)
    return {
        "source": cohort.source,
        "recipe": dict(cohort.recipe),
        "patients": {"all": len(cohort.patients), "large": large, "small": len(cohort.patients) - large},
        "folds": [{part: len(own) for part, own in split.parts.items()} for split in divisions],
        **({"heads": list(cohort.names)} if on_phantoms else {}),
    }


def _schedule(settings: CoreVolumeTraining, study: CoreVolumeStudy) -> dict[str, Any]:
    return {
        **settings.as_json(),
        "standardised": STANDARDISED_BY_TITLES[settings.standardised_by],
        "epochs_done": [len(fold.epochs) for fold in study.folds],
        "best_epochs": [fold.best_epoch for fold in study.folds],
        "device": settings.device,
    }


def _metrics(study: CoreVolumeStudy) -> dict[str, Any]:
    """Return the areas under the ROC curves, and the errors of volumes, over the folds."""
    measured: dict[str, Any] = {
        f"auc_{part}_folds": _summary(study.auc(part), 4) for part in (VALIDATION, TEST)
    }
    if study.gives_volume:
        measured |= {
            f"mean_absolute_error_ml_{part}_folds": _summary(study.mean_absolute_error(part), 2)
            for part in (VALIDATION, TEST)
        }
    return measured


def _summary(summary: Summary, digits: int) -> dict[str, Any]:
    record = asdict(summary)
    return {
        name: round(record[name], digits) if isinstance(record[name], float) else record[name]
        for name in ("n", "mean", "sd", "smallest", "largest")
    }
