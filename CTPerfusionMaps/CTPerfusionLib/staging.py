"""Results that appear whole or not at all.

Everything is written into a hidden folder beside its destination and moved there at the end. Folders in
use are remembered, so that a program that has to stop at once can remove them first.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ConfigurationError

_active: set[Path] = set()


@contextmanager
def staging_folder(target: Path) -> Iterator[Path]:
    """Give a new empty folder beside `target` that is gone afterwards, whatever happens.

    Raises
    ------
    ConfigurationError
        If no folder can be made there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    except OSError as error:
        raise unwritable(target, error) from error
    folder.chmod(0o755)
    _active.add(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _active.discard(folder)


def publish(folder: Path, target: Path) -> None:
    """Move what `folder` holds to `target`, replacing entries of the same name.

    A `target` that does not exist or is empty appears in one step.
    """
    if target.exists() and not any(target.iterdir()):
        target.rmdir()
    if not target.exists():
        folder.rename(target)
        return
    for entry in sorted(folder.iterdir()):
        destination = target / entry.name
        remove(destination)
        entry.rename(destination)


def remove(path: Path) -> None:
    """Remove a file or folder if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def discard_active() -> None:
    """Remove all staging folders in use: the last thing that a program does which stops at once."""
    for folder in list(_active):
        shutil.rmtree(folder, ignore_errors=True)


def unwritable(target: Path, error: OSError) -> ConfigurationError:
    """Return the error that says that `target` cannot be written."""
    return ConfigurationError(
        f"The output {target} cannot be written ({error.strerror})",
        "choose a folder in which you may create files, on a disk with enough space",
    )
