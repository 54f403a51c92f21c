"""Which of the processes of a training this one is, before they have met."""

import os

_RANKS = ("RANK", "SLURM_PROCID")
"""Environment variables with the number of a process among all, as torchrun and SLURM set them."""

_PARTS = ("NODE_RANK", "GROUP_RANK", "LOCAL_RANK")
"""Those with the number of its host, and its number on the host, as Lightning sets them."""


def is_first_process(n_processes: int) -> bool:
    """Say whether this process writes files and talks to the user.

    Parameters
    ----------
    n_processes : int
        Of the training; a single one is always the first, whatever job it runs in.
    """
    if n_processes == 1:
        return True
    for name in _RANKS:
        if name in os.environ:
            return os.environ[name] == "0"
    return all(os.environ.get(name, "0") == "0" for name in _PARTS)
