"""Maps and segments of many studies in a folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError, ProcessingError
from ...io import read_nifti, read_segmentation, segment_kinds
from ...io.nifti import nifti_header
from ...series import QUANTITIES

Image = tuple[NDArray[Any], NDArray[np.float64]]
"""Voxels (Z, Y, X), bool where they are a segment, and the matrix to RAS mm (4, 4)."""

ImageReaders = Mapping[str, Callable[[], Image]]
"""What reads each image of a study, by its name."""

_NIFTI = (".nii.gz", ".nii")
_SEGMENTATION = ".seg.nrrd"

_SEGMENTS = "core_penumbra"
"""Stem of the file with the segments of a run."""

_WHOLE, _ALONE = "study", "image"
"""What the only study of a folder is called, and the only image of a study."""


def find_studies(root: Path) -> dict[str, tuple[Path, ...]]:
    """Return the image files of each study of a folder, by its name.

    Each sub-folder with images is a study, as ``ctperfusion cohort`` and ``ctperfusion run`` leave them. A
    folder that itself holds images is one study where they are called as maps or segments are, such as
    CBF.nii.gz; else each file is a study.

    Raises
    ------
    ConfigurationError
        If there is no such folder, or no image in it.
    """
    try:
        entries = sorted(root.iterdir())
        here = [path for path in entries if path.is_file() and _stem(path)]
        if here and any(_is_known(path) for path in here):
            return {_WHOLE: _images_below(root)}
        if here:
            return {_stem(path): (path,) for path in here}
        found = {path.name: _images_below(path) for path in entries if path.is_dir()}
    except OSError as error:
        raise ConfigurationError(f"The folder {root} cannot be read", "check its path") from error
    studies = {name: files for name, files in found.items() if files and not name.startswith(".")}
    if not studies:
        raise ConfigurationError(
            f"The folder {root} holds no maps or segments",
            "give a folder with a sub-folder for each study, with .nii, .nii.gz or .seg.nrrd files in it",
        )
    return studies


def image_readers(study: str, files: Sequence[Path]) -> ImageReaders:
    """Return what reads each map and each segment of a study, by its name; 4D images are no maps.

    Parameters
    ----------
    study : str
        Its name; an image of that name is called ``image``.
    files : sequence of Path

    Raises
    ------
    SeriesError
        If a file cannot be read.
    ProcessingError
        If two images have one name.
    """
    readers: dict[str, Callable[[], Image]] = {}
    for path in files:
        for name, reader in _readers_of(path, _ALONE if _stem(path) == study else _stem(path)):
            if name in readers:
                raise ProcessingError(f"Two images are called {name}", "keep one of them in the study")
            readers[name] = reader
    return readers


def _readers_of(path: Path, name: str) -> Iterable[tuple[str, Callable[[], Image]]]:
    if path.name.lower().endswith(_SEGMENTATION):
        masks, ijk_to_ras = read_segmentation(path)
        return [(segment, partial(_image, mask, ijk_to_ras)) for segment, mask in masks.items()]
    return [(name, partial(read_nifti, path))] if len(nifti_header(path).size) == 3 else []


def _image(voxels: NDArray[Any], ijk_to_ras: NDArray[np.float64]) -> Image:
    return voxels, ijk_to_ras


def _images_below(folder: Path) -> tuple[Path, ...]:
    paths = (path for path in folder.rglob("*") if _stem(path) and path.is_file())
    return tuple(sorted(paths))


def _is_known(path: Path) -> bool:
    return _stem(path) in {_SEGMENTS, *QUANTITIES, *segment_kinds()}


def _stem(path: Path) -> str:
    """Return the name of an image without its ending; empty for other and for hidden files."""
    endings = (_SEGMENTATION, *_NIFTI)
    ending = next((each for each in endings if path.name.lower().endswith(each)), None)
    return "" if ending is None or path.name.startswith(".") else path.name[: -len(ending)]
