"""Who computes: processes on this machine, or the workers of a Dask scheduler."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..machine_memory import STUDY_MEMORY
from ..worker_processes import THREAD_LIMITS
from .requirements import require_cohort_packages

if TYPE_CHECKING:
    from distributed import Client

_MANAGEMENT = {
    # A worker that lost two processes with the same study has too little memory for it.
    "distributed.scheduler.allowed-failures": 1,
    # Dask's own data are rows of a table; what a study takes can neither be moved nor be waited for.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # Libraries may start processes of their own.
    "distributed.worker.daemon": False,
    "distributed.worker.profile.enabled": False,
}

_ANY_PORT = "127.0.0.1:0"
"""Where a scheduler without dashboard answers; cohorts at once would want the same port."""

_ANSWER_SECONDS = 15
"""How long a scheduler may take to answer, and its first worker to come."""


@dataclass(frozen=True)
class LocalWorkers:
    """Processes on this machine.

    Attributes
    ----------
    count : int
        Studies that are computed side by side.
    threads : int
        Of each.
    memory : int
        Bytes of each; one that takes more is ended.
    """

    count: int
    threads: int
    memory: int


def local_workers(count: int | None = None) -> LocalWorkers:
    """Return processes that use each core once, and no more memory than there is.

    Parameters
    ----------
    count : int, optional
        By default one for each core, as far as memory reaches for studies of clinical size.

    Raises
    ------
    ConfigurationError
        If a package is missing.
    """
    require_cohort_packages()
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    affordable = max(1, min(CPU_COUNT, MEMORY_LIMIT // STUDY_MEMORY))
    chosen = affordable if count is None else count
    return LocalWorkers(chosen, max(1, CPU_COUNT // chosen), MEMORY_LIMIT // chosen)


@contextmanager
def local_client(workers: LocalWorkers) -> "Iterator[Client]":
    """Give a client of a scheduler and workers that are started here, and end with it.

    A process whose client was killed ends at once.
    """
    import dask
    from distributed import Client, LocalCluster

    environment = dict.fromkeys(THREAD_LIMITS, str(workers.threads))
    with (
        dask.config.set(_MANAGEMENT),
        LocalCluster(
            n_workers=workers.count,
            threads_per_worker=1,
            processes=True,
            memory_limit=workers.memory,
            env=environment,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": _ANY_PORT},
            silence_logs="CRITICAL",
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def remote_client(address: str) -> "Iterator[Client]":
    """Give a client of a scheduler that runs already, with a worker at least.

    Raises
    ------
    ConfigurationError
        If none answers, or it has no worker.
    """
    from distributed import Client

    try:
        client = Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"No scheduler answers at {address}",
            "start one with 'dask scheduler', and give the address it prints",
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_ANSWER_SECONDS)
        except TimeoutError as error:
            raise ConfigurationError(
                f"The scheduler at {address} has no worker",
                f"start workers with 'dask worker {address} --nthreads 1'",
            ) from error
        yield client


def number_of_workers(client: "Client") -> int:
    """Return how many workers there are now."""
    return len(client.nthreads())


def require_shared(client: "Client", path: str) -> None:
    """Refuse workers that do not see a file of the client.

    Raises
    ------
    ConfigurationError
        If one does not.
    """
    seen: dict[str, Any] = client.run(_is_file, path)
    if not all(seen.values()):
        raise ConfigurationError(
            "A worker does not see the folder of the output",
            "name a folder that all machines see under the same path",
        )


def _is_file(path: str) -> bool:
    from pathlib import Path

    return Path(path).is_file()
