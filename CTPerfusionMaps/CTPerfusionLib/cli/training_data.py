"""What all trainings of the command line share: which patients are meant, and how they are prepared."""

import argparse
import os

from ..machine_memory import STUDY_MEMORY, machine_memory
from ..progress import StageProgress
from ..training.datasets import PHANTOMS

FIRST_SEED = 2001
"""Of simulated heads; the others follow."""


def named_dataset(options: argparse.Namespace, n_heads: int) -> str:
    """Return the data set that is asked for, with the seeds where it is simulated.

    Parameters
    ----------
    options : argparse.Namespace
        With ``dataset``, ``patients`` and ``first_seed``.
    n_heads : int
        Where their number is not given.
    """
    if options.dataset != PHANTOMS:
        return str(options.dataset)
    first = FIRST_SEED if options.first_seed is None else options.first_seed
    return f"{PHANTOMS}:{first}-{first + (options.patients or n_heads) - 1}"


def affordable_workers() -> int:
    """Return how many patients are prepared side by side: one for each core, as far as memory reaches."""
    return max(1, min(os.cpu_count() or 1, machine_memory() // STUDY_MEMORY))


def after_preparation(progress: StageProgress, share: float) -> StageProgress:
    """Return the progress of a training that begins once `share` of the whole is done."""

    def report(title: str, fraction: float) -> None:
        progress(title, share + (1.0 - share) * fraction)

    return report
