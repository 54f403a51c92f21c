"""The card of a model that was just trained."""

from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from .. import __version__
from ..networks import ARCHITECTURES, MAP_TARGETS, ModelCard
from .datasets import PatientSource, Split, is_simulated
from .result import PartErrors, TrainingResult
from .settings import REGION_TITLES, MapTraining

_PHANTOM_LIMITS = (
    "It was trained on simulated heads only; maps of patients have not been held against a reference.",
)

_LIMITS = (
    "Boluses, noise and lesions unlike those of its training data may be mapped wrongly without a sign.",
    "Values outside the windows of its maps are given as the nearest value inside.",
)


def described_model(
    name: str, source: PatientSource, split: Split, settings: MapTraining, result: TrainingResult
) -> ModelCard:
    """Return the card of a trained model.

    Parameters
    ----------
    name : str
        Of the model.
    source : PatientSource
    split : Split
    settings : MapTraining
    result : TrainingResult
    """
    recipe = getattr(source, "recipe", {})
    on_phantoms = is_simulated(recipe)
    maps = ", ".join(settings.targets)
    return ModelCard(
        name=name,
        title=f"{ARCHITECTURES[settings.architecture].title}: {maps}; trained on {source.name}",
        architecture=settings.architecture,
        targets=tuple(MAP_TARGETS[target] for target in settings.targets),
        input=source.settings,
        trained_on_phantoms=on_phantoms,
        data=MappingProxyType(
            {
                "source": source.name,
                "recipe": dict(recipe),
                "patients": {part: len(patients) for part, patients in split.parts.items()},
                **(_heads(split) if on_phantoms else {}),
            }
        ),
        schedule=MappingProxyType(_schedule(settings, result)),
        metrics=MappingProxyType(
            {
                "region": REGION_TITLES[settings.region],
                **{part: _errors(errors) for part, errors in result.parts.items()},
            }
        ),
        limits=(*(_PHANTOM_LIMITS if on_phantoms else ()), *_LIMITS),
        licence="Apache-2.0" if on_phantoms else "as the terms of the training data allow",
        software=__version__,
    )


def _heads(split: Split) -> dict[str, Any]:
    """Return which heads were used: their names hide nobody, and keep a later test apart."""
    return {"heads": {part: list(heads) for part, heads in split.parts.items()}}


def _schedule(settings: MapTraining, result: TrainingResult) -> dict[str, Any]:
    compute = settings.compute
    return {
        **settings.as_json(),
        "epochs_done": [
            sum(epoch.phase == position + 1 for epoch in result.epochs)
            for position in range(len(settings.phases))
        ],
        "best_epoch": result.best_epoch,
        "compute": asdict(compute),
    }


def _errors(part: PartErrors) -> dict[str, Any]:
    return {
        "mse": round(part.mse, 6),
        "psnr_db": round(part.psnr(), 2),
        "maps": {
            name: {"mse": round(mse, 6), "psnr_db": round(part.psnr(name), 2)}
            for name, mse in part.maps.items()
        },
    }
