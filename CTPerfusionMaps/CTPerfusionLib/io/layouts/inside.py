"""Paths of data sets that others have made: a link that leads out of the data set is not followed."""

import os
from collections.abc import Iterator
from pathlib import Path


def stays_inside(path: Path, root: Path) -> bool:
    """Say whether a file, or a folder with all that is below it, lies in `root` once links are followed."""
    whole = root.resolve()
    return all(each.resolve().is_relative_to(whole) for each in (path, *_links_below(path)))


def is_file_inside(path: Path, root: Path) -> bool:
    """Say whether there is such a file, and no link leads from it out of `root`."""
    return path.is_file() and stays_inside(path, root)


def entries(folder: Path, root: Path) -> list[Path]:
    """Return what a folder holds in alphabetical order, without hidden files and links out of `root`.

    A folder that is not there or cannot be read holds nothing.
    """
    if not folder.resolve().is_relative_to(root.resolve()):
        return []
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []
    return [path for path in found if not path.is_symlink() or stays_inside(path, root)]


def _links_below(path: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            each = Path(folder, name)
            if each.is_symlink():
                yield each
