"""Training core-volume networks: from a data set to an ensemble and the record of its cross-validation."""

from pathlib import Path
from typing import Any

from ...errors import ConfigurationError
from ...networks.core_volume import ENCODERS, OUTPUTS, load_core_volume_model
from ...progress import CancelSignal, StageProgress, ignore_stages
from ..datasets import DatasetError, Split, check_split
from ..folder import TrainingFolder
from ..maps import MODEL
from ..requirements import require_training
from ..study import require_free
from .cohort import Cohort, read_cohort
from .datasets import CorePatientSource, ten_folds
from .result import CoreFold, CoreVolumeStudy
from .settings import CoreVolumeTraining
from .stages import Stages

N_FOLDS = 10
"""Of the paper."""

VARIANTS = "variants"
"""Folder below the output for what training leaves as it is of variants that are kept."""


def train_core_volume(
    source: CorePatientSource,
    output: Path,
    settings: CoreVolumeTraining,
    *,
    folds: int = N_FOLDS,
    encoder_weights: Path | None = None,
    variants: Path | None = None,
    resume: bool = False,
    on_progress: StageProgress = ignore_stages,
    cancel: CancelSignal | None = None,
) -> CoreVolumeStudy:
    """Train the networks of a cross-validation and join them to an ensemble.

    The folder `output` gets the ensemble (model.safetensors and model.json), the tables of the folds
    (folds.csv, folds.md) and of their predictions (predictions.csv), their learning curves
    (learning_curve.png), and a folder for each fold: fold-1 and so on, with its division (split.json), its
    losses (metrics.csv), its record (training.json) and the checkpoint of its last epoch (checkpoints/).

    One threshold and one standardisation, those of all patients, hold for all folds. Everything that is
    random follows from the seed, the fold, the epoch and the patient: a training that was killed and resumed
    ends with the weights of one that was not.

    Parameters
    ----------
    source : CorePatientSource
        Put one that is computed into a cache first.
    output : Path
        Made if needed.
    settings : CoreVolumeTraining
    folds : int
        Parts of the cross-validation by patient: one is tested, one chooses the best epoch.
    encoder_weights : Path, optional
        Of an encoder that is not trained; see
        :func:`~CTPerfusionLib.networks.core_volume.build_core_volume_network`.
    variants : Path, optional
        Folder for what training leaves as it is of the variants of each patient that are kept, which several
        trainings may share; by default below `output`.
    resume : bool
        Go on where a training in `output` ended, from the end of its last epoch, or begin if there is none.
    on_progress : callable
        Takes a title and the fraction done.
    cancel : CancelSignal, optional
        Looked at after each batch.

    Raises
    ------
    Cancelled
        If `cancel` was set; the training can be resumed.
    ProcessingError
        If the training diverges.
    ConfigurationError
        If `output` cannot be used, its training is another one or its checkpoint is damaged, settings do not
        suit the machine, weights are not those of the encoder, or a package is missing.
    DatasetError
        If patients are unlabelled, too few or all on one side of the threshold, or cannot be used.
    """
    require_training()
    output = Path(output)
    _require_folder(output, resume=resume)
    divisions = tuple(ten_folds(source.patients, settings.seed, folds))
    for split in divisions:
        check_split(split, source)
    stages = Stages(
        on_progress,
        cancel,
        keeps_variants=settings.n_augmentations is not None,
        encodes=ENCODERS[settings.architecture.encoder].is_frozen,
    )
    cohort = read_cohort(source, settings.threshold, stages.reading)
    for number, split in enumerate(divisions, start=1):
        _require_both_sides(cohort, split, number)
    from .loop.study_run import StudyRun

    run = StudyRun(
        cohort, divisions, settings, output, encoder_weights, variants or output / VARIANTS, stages
    )
    return run.train(resume=resume)


def read_core_volume_study(folder: Path) -> CoreVolumeStudy:
    """Return a finished cross-validation.

    Parameters
    ----------
    folder : Path
        What :func:`train_core_volume` was given as `output`.

    Raises
    ------
    ConfigurationError
        If there is none, or it is not finished.
    """
    model = Path(folder) / f"{MODEL}.safetensors"
    card = load_core_volume_model(model).card
    return CoreVolumeStudy(
        Path(folder), model, card.threshold_ml, OUTPUTS[card.architecture.output].is_volume,
        tuple(_read_fold(Path(folder), number) for number in range(1, card.n_members + 1)),
    )  # fmt: skip


def fold_folder(output: Path, number: int) -> Path:
    """Return the folder of a fold, which is counted from 1."""
    return output / f"fold-{number}"


def _read_fold(folder: Path, number: int) -> CoreFold:
    record: Any = TrainingFolder(fold_folder(folder, number)).result
    if record is None:
        raise ConfigurationError(
            f"The cross-validation in {folder} lacks the result of fold {number}",
            "name the folder of a finished training of core-volume networks",
        )
    return CoreFold.from_json(record)


def _require_folder(output: Path, *, resume: bool) -> None:
    if output.exists() and not output.is_dir():
        raise ConfigurationError(f"The output {output} is a file", "name a folder for the training")
    if not resume:
        require_free(output)


def _require_both_sides(cohort: Cohort, split: Split, number: int) -> None:
    """Refuse a fold that has nothing to tell small from large cores by.

    Raises
    ------
    DatasetError
    """
    large = dict(zip(cohort.names, cohort.labels.large, strict=True))
    if len({large[patient] for patient in split.train}) < 2:
        raise DatasetError(
            f"All patients that fold {number} learns from are on one side of "
            f"{cohort.labels.threshold_ml:.3g} mL",
            "give more patients, or a threshold that divides them more evenly",
        )
