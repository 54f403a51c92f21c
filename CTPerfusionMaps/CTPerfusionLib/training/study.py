"""All networks of a study: one for each map or one for all, once or in every fold."""

from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import ConfigurationError
from ..progress import CancelSignal, StageProgress, ignore_stages
from .datasets import PatientSource, Split, folds
from .fold_table import write_fold_tables
from .folder import TRAINING
from .maps import train_maps
from .processes import is_first_process
from .result import TrainingResult
from .settings import MapTraining


@dataclass(frozen=True)
class TrainedNetwork:
    """One network of a study.

    Attributes
    ----------
    name : str
        Of its map where it has one of its own, empty for a joint network.
    fold : int or None
        From 1; None without cross-validation.
    result : TrainingResult
    """

    name: str
    fold: int | None
    result: TrainingResult


@dataclass(frozen=True)
class _Job:
    """One network that is to be trained."""

    name: str
    fold: int | None
    settings: MapTraining
    split: Split | None

    @property
    def title(self) -> str:
        parts = (self.name, "" if self.fold is None else f"fold {self.fold}")
        return "".join(f"{part}: " for part in parts if part)

    def folder(self, output: Path) -> Path:
        own = output / self.name if self.name else output
        return own if self.fold is None else own / f"fold-{self.fold}"


def train_study(
    source: PatientSource,
    output: Path,
    settings: MapTraining,
    *,
    joint: bool,
    n_folds: int | None = None,
    split: Split | None = None,
    resume: bool = False,
    on_progress: StageProgress = ignore_stages,
    cancel: CancelSignal | None = None,
) -> tuple[TrainedNetwork, ...]:
    """Train all networks of a study, one after the other.

    Networks for one map lie in folders called like it, folds in ``fold-1`` and so on; a cross-validation is
    summed up in folds.csv and folds.md.

    Parameters
    ----------
    source, output, settings, resume, on_progress, cancel
        As for :func:`train_maps`.
    joint : bool
        Whether one network gives all targets.
    n_folds : int or None
        Parts of a cross-validation by patient.
    split : Split or None
        Its test patients stay out of a cross-validation, as in Gava et al. 2023.

    Raises
    ------
    Cancelled, ProcessingError, ConfigurationError, DatasetError
        As :func:`train_maps`.
    """
    jobs = _jobs(source, settings, joint=joint, n_folds=n_folds, split=split)
    trained = []
    for position, job in enumerate(jobs):
        result = train_maps(
            source, job.folder(Path(output)), job.settings, split=job.split, resume=resume, cancel=cancel,
            on_progress=_part(on_progress, job.title, position, len(jobs)),
        )  # fmt: skip
        trained.append(TrainedNetwork(job.name, job.fold, result))
    if n_folds is not None and is_first_process(settings.compute.n_processes):
        write_fold_tables(Path(output), [(each.fold or 0, each.result) for each in trained])
    return tuple(trained)


def require_free(output: Path) -> None:
    """Refuse a folder in which trainings lie, before data are prepared for a new one.

    Raises
    ------
    ConfigurationError
    """
    if any(next(output.glob(f"{depth}{TRAINING}"), None) for depth in ("", "*/", "*/*/")):
        raise ConfigurationError(
            f"The folder {output} holds a training", "resume it (--resume), or name another folder"
        )


def _jobs(
    source: PatientSource, settings: MapTraining, *, joint: bool, n_folds: int | None, split: Split | None
) -> list[_Job]:
    networks = {"": settings} if joint else {
        name: replace(settings, targets=(name,)) for name in settings.targets
    }  # fmt: skip
    divisions: list[tuple[int | None, Split | None]] = [(None, split)]
    if n_folds is not None:
        patients = source.patients if split is None else (*split.train, *split.validation)
        divisions = list(enumerate(folds(patients, n_folds, settings.seed), start=1))
    return [
        _Job(name, fold, network, division)
        for name, network in networks.items()
        for fold, division in divisions
    ]


def _part(on_progress: StageProgress, prefix: str, position: int, n_jobs: int) -> StageProgress:
    return lambda title, fraction: on_progress(f"{prefix}{title}", (position + fraction) / n_jobs)
