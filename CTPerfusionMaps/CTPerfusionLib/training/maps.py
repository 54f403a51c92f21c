"""Training a network for perfusion maps: from a data set to a model and the record of its training."""

from pathlib import Path

from ..errors import ConfigurationError
from ..networks import save_model
from ..progress import CancelSignal, StageProgress, ignore_stages
from .datasets import PatientSource, Split, check_split, split_patients
from .folder import CURVE, TrainingFolder
from .model_cards import described_model
from .processes import is_first_process
from .record import Course
from .requirements import require_training
from .result import TrainingResult
from .settings import MapTraining

MODEL = "model"
"""What a model is called in the folder of its training."""


def train_maps(
    source: PatientSource,
    output: Path,
    settings: MapTraining,
    *,
    split: Split | None = None,
    resume: bool = False,
    on_progress: StageProgress = ignore_stages,
    cancel: CancelSignal | None = None,
) -> TrainingResult:
    """Train a network for perfusion maps.

    The folder `output` gets the model (model.safetensors and model.json), the division of the patients
    (split.json), the errors of all epochs (metrics.csv, learning_curve.png, tensorboard/), the record
    (training.json) and the checkpoint of the last epoch (checkpoints/). Everything that is random follows
    from the seed, the epoch and the slice: a training that was killed and resumed ends with the weights of
    one that was not.

    Parameters
    ----------
    source : PatientSource
        Prepared with the input settings that the network will have; put those that are computed into a cache
        first.
    output : Path
        Made if needed.
    settings : MapTraining
    split : Split, optional
        By default 70 % of the patients to learn from, 15 % to choose the best epoch and 15 % for a last
        measurement.
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
        If settings do not suit the data or the machine, `output` cannot be used, its training is another one
        or its checkpoint is damaged, or a package is missing.
    DatasetError
        If the data or their division cannot be used.
    """
    require_training()
    missing = [name for name in settings.targets if name not in source.target_names]
    if missing:
        raise ConfigurationError(
            f"The data set has no map {missing[0]}", f"choose from: {', '.join(source.target_names)}"
        )
    division = split_patients(source.patients, seed=settings.seed) if split is None else split
    check_split(division, source)
    first = is_first_process(settings.compute.n_processes)
    folder = TrainingFolder(Path(output), writes=first)
    folder.check(settings.as_json(), source.name, division, resume=resume)
    if folder.result is not None:
        return TrainingResult.from_json(folder.path, folder.result)
    return _trained(
        source, folder, settings, division, resume=resume, cancel=cancel,
        on_progress=on_progress if first else ignore_stages,
    )  # fmt: skip


def _trained(
    source: PatientSource,
    folder: TrainingFolder,
    settings: MapTraining,
    split: Split,
    *,
    resume: bool,
    on_progress: StageProgress,
    cancel: CancelSignal | None,
) -> TrainingResult:
    from .learning_curve import write_learning_curve
    from .loop.run import MapRun

    def keep(course: Course) -> None:
        folder.write_metrics(course.epochs)

    run = MapRun(
        source, split, settings, folder.path,
        on_start=lambda: folder.begin(settings.as_json(), source.name, split), on_epoch=keep,
        on_progress=on_progress, cancel=cancel,
    )  # fmt: skip
    trained = run.train(resume=resume)
    result = TrainingResult(
        folder.path, folder.path / f"{MODEL}.safetensors", trained.course.epochs, trained.course.best_epoch,
        trained.parts,
    )  # fmt: skip
    if folder.writes:
        save_model(folder.path, trained.network, described_model(MODEL, source, split, settings, result))
        write_learning_curve(folder.path / CURVE, result.epochs, settings.targets)
        folder.finish(result.as_json())
    return result
