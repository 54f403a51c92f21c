"""What two sets of results are called in tables and figures."""

from pathlib import Path


def set_names(first: Path, second: Path) -> tuple[str, str]:
    """Return the last parts of two paths that differ, without the ending of a file; A and B if none do.

    ``nlr/cohort.csv`` and ``bayes/cohort.csv`` are called nlr and bayes.
    """
    parts = zip(_parts(first), _parts(second), strict=False)
    return next(((one, other) for one, other in parts if one != other), ("A", "B"))


def _parts(path: Path) -> list[str]:
    """Return the parts of a path from the last on, the first one without its ending."""
    whole = path.resolve()
    last = whole.stem if whole.is_file() else whole.name
    return [last, *(parent.name for parent in whole.parents if parent.name)]
