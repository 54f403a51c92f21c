"""The folder of a training: what lies in it, and whether a training may begin or go on there."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..staging import unwritable
from .datasets import Split, read_split, write_split
from .datasets.split_file import write_json
from .record import EpochErrors

TRAINING, SPLIT, METRICS, CURVE = "training.json", "split.json", "metrics.csv", "learning_curve.png"
"""Names of the files."""

_SETTINGS, _RESULT, _SOURCE = "settings", "result", "data"


class TrainingFolder:
    """The folder of one training.

    Parameters
    ----------
    path : Path
    writes : bool
        False for all but the first process of a training.
    """

    def __init__(self, path: Path, *, writes: bool = True) -> None:
        self.path = path
        self.writes = writes

    def check(self, settings: Mapping[str, Any], source: str, split: Split, *, resume: bool) -> None:
        """Refuse to train where another training lies.

        Raises
        ------
        ConfigurationError
            If the folder is a file or holds a training, and that is not to be resumed, or is another.
        """
        if not self.writes:
            return
        if self.path.exists() and not self.path.is_dir():
            raise ConfigurationError(f"The output {self.path} is a file", "name a folder for the training")
        if not self._holds_training:
            return
        if not resume:
            raise ConfigurationError(
                f"The folder {self.path} holds a training", "resume it (--resume), or name another folder"
            )
        recorded = self._record()
        wanted = json.loads(json.dumps({_SETTINGS: settings, _SOURCE: source}))
        differing = _first_difference(
            {_SETTINGS: recorded.get(_SETTINGS), _SOURCE: recorded.get(_SOURCE)}, wanted
        )
        if differing:
            raise ConfigurationError(
                f"The training in {self.path} has another {differing}",
                "resume it with its own settings, or name another folder",
            )
        if read_split(self.path / SPLIT) != split:
            raise ConfigurationError(
                f"The training in {self.path} divides the patients otherwise",
                "resume it with its own division and data set, or name another folder",
            )

    def begin(self, settings: Mapping[str, Any], source: str, split: Split) -> None:
        """Write what is being trained, unless it is there already.

        Raises
        ------
        ConfigurationError
            If the folder cannot be written.
        """
        if not self.writes or self._holds_training:
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.path, error) from error
        write_split(self.path / SPLIT, split)
        write_json(self.path / TRAINING, {_SOURCE: source, _SETTINGS: settings})

    def finish(self, result: Mapping[str, Any]) -> None:
        """Add the result to the record."""
        if self.writes:
            write_json(self.path / TRAINING, {**self._record(), _RESULT: result})

    @property
    def result(self) -> Mapping[str, Any] | None:
        """The result of a training that is finished."""
        result = self._record().get(_RESULT) if self._holds_training else None
        return result if isinstance(result, dict) else None

    def write_metrics(self, epochs: Sequence[EpochErrors]) -> None:
        """Write the table of all epochs in the place of the last one."""
        rows = [epoch.as_row() for epoch in epochs]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()}
            )
        partial = self.path / f".{METRICS}.partial"
        partial.write_text(text.getvalue(), encoding="utf-8")
        partial.replace(self.path / METRICS)

    @property
    def _holds_training(self) -> bool:
        return (self.path / TRAINING).is_file()

    def _record(self) -> dict[str, Any]:
        try:
            record = json.loads((self.path / TRAINING).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The record {TRAINING} of the training cannot be read", "train in another folder"
            ) from error
        return dict(record)


def _first_difference(recorded: Any, wanted: Any, name: str = "") -> str:
    """Return the name of the first value in which two records differ, empty where they do not."""
    if isinstance(recorded, dict) and isinstance(wanted, dict):
        for key in sorted({*recorded, *wanted}):
            found = _first_difference(recorded.get(key), wanted.get(key), str(key))
            if found:
                return found
        return ""
    return "" if recorded == wanted else name.replace("_", " ")
