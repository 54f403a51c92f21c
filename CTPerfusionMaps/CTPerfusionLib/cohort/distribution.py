"""Giving studies to workers, as many as there are workers, and taking their answers."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from .study_row import StudyRow, StudyStatus
from .study_task import Answer, StudyTask, compute_study, failed_row
from .workers import number_of_workers

if TYPE_CHECKING:
    from distributed import Client, Future

_POLL = 0.2
"""Seconds after which a pause in the answers is used to notice Ctrl-C and new workers."""

_COUNT_PAUSE = 2.0
"""Seconds between two questions to the scheduler for the number of workers."""


def answers(
    client: "Client", tasks: Sequence[StudyTask], on_wait: Callable[[int], None]
) -> Iterator[tuple[StudyTask, Answer]]:
    """Yield what workers say of each study, in the order in which they are done.

    A worker has one study at a time. Were more waiting at it, they would be suspected as well when one of
    them kills it, and a client that is killed would leave more behind. Studies of a worker that is lost go to
    another one; Dask does that.

    Parameters
    ----------
    client : Client
    tasks : sequence of StudyTask
    on_wait : callable
        Called with the number of workers at least every 0.2 s; may raise.
    """
    waiting = deque(tasks)
    pending: dict[Future[Answer], StudyTask] = {}
    n_workers, counted = number_of_workers(client), time.monotonic()
    while waiting or pending:
        while waiting and len(pending) < n_workers:
            task = waiting.popleft()
            key = f"{task.study}-{task.token}"
            pending[client.submit(compute_study, task, key=key, pure=False)] = task
        on_wait(n_workers)
        if pending:
            _wait(client, list(pending))
        else:
            time.sleep(_POLL)
        for future in [future for future in pending if future.done()]:
            yield pending[future], _answer(future, pending[future])
            del pending[future]
        if time.monotonic() - counted >= _COUNT_PAUSE:
            n_workers, counted = number_of_workers(client), time.monotonic()


def _wait(client: "Client", futures: list["Future[Answer]"]) -> None:
    from distributed import wait

    try:
        with client.as_current():
            wait(futures, timeout=_POLL, return_when="FIRST_COMPLETED")
    except TimeoutError:
        return


def _answer(future: "Future[Answer]", task: StudyTask) -> Answer:
    from distributed import KilledWorker

    try:
        answer: Answer = future.result()
    except KilledWorker:
        row = StudyRow(
            task.study,
            StudyStatus.FAILED,
            "The processes that computed it were ended, most likely because their memory did not suffice",
            "give fewer workers, so that each has more memory, or use a machine with more",
        )
        return Answer.of(row)
    except Exception as error:  # whatever Dask could not send or load
        return Answer.of(failed_row(task.study, error, task.source))
    return answer
