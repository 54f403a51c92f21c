"""Who writes into the folder of a cohort: one program at a time, and nobody after it was stopped.

The system frees a lock however its holder ends. Processes on other machines may still compute then; they
look for the token of their owner, which the next owner has replaced.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import ConfigurationError
from ..staging import unwritable

_LOCK, _OWNER = ".lock", ".owner"

_SHORTEST_PAUSE = 1.0
"""Seconds between two looks at the token, which may lie on another machine."""


class OwnerGone:
    """A cancel signal that is set once a folder has another owner, or none.

    Parameters
    ----------
    folder : Path
    token : str
        Of the owner.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self._path = folder / _OWNER
        self._token = token
        self._seen = -_SHORTEST_PAUSE
        self._is_gone = False

    def is_set(self) -> bool:
        """Return whether the owner has given the folder up."""
        now = time.monotonic()
        if not self._is_gone and now - self._seen >= _SHORTEST_PAUSE:
            self._seen = now
            self._is_gone = _read(self._path) != self._token
        return self._is_gone


@contextmanager
def owned(folder: Path) -> Iterator[str]:
    """Give the token of the only owner of a folder, which is made if needed.

    Raises
    ------
    ConfigurationError
        If another program owns it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a")
    except OSError as error:
        raise unwritable(folder, error) from error
    with lock:
        _take(lock, folder)
        token = secrets.token_hex(16)
        try:
            (folder / _OWNER).write_text(token, encoding="utf-8")
        except OSError as error:
            raise unwritable(folder, error) from error
        try:
            yield token
        finally:
            (folder / _OWNER).unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _take(lock: IO[str], folder: Path) -> None:
    """Lock a file until it is closed."""
    try:
        _lock(lock)
    except OSError as error:
        raise ConfigurationError(
            f"Another program is writing a cohort into {folder}",
            "wait until it is done, or name another folder",
        ) from error


def _lock(lock: IO[str]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
