"""Results as JSON beside what is printed."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..staging import staging_folder


def add_json_argument(parser: argparse.ArgumentParser) -> None:
    """Add ``--json FILE``."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to FILE too")


@contextmanager
def json_output(path: Path | None) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Give a function that writes a record to `path`; nothing is left there if it is not reached.

    Whether the file can be written is found out on entry, before any work.

    Parameters
    ----------
    path : Path or None
        None: nothing is written.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    """
    if path is None:
        yield lambda _record: None
        return
    if path.is_dir():
        raise ConfigurationError(f"{path} is a folder", "name a file")
    with staging_folder(path) as folder:

        def write(record: Mapping[str, Any]) -> None:
            written = folder / path.name
            written.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
            written.replace(path)

        yield write
