"""Reference maps of a public cohort on the grid of the scan."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..io import read_nifti
from ..io.series_checks import refuse_sheared_grid
from ..series import PerfusionSeries, to_itk
from ..training.datasets.reference_maps import read_placed_map

_LEAST_WEIGHT = 0.5
"""Share of a voxel that the reference maps must show for it to have a value."""

_GRID_TOLERANCE = 1e-3
"""mm between matrices of maps that lie on one grid."""


@dataclass(frozen=True, eq=False)
class ReferenceMaps:
    """Maps that others have made of a scan.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        By quantity, in the units of the library; NaN where the value is not known.
    shown : ndarray of bool, shape (Z, Y, X)
        Where the maps show tissue: where any of them is not zero.
    drawn : ndarray of bool, shape (Z, Y, X), or None
        The lesion that people have drawn on later or on diffusion images; None where there is none.
    """

    maps: Mapping[str, NDArray[np.float32]]
    shown: NDArray[np.bool_]
    drawn: NDArray[np.bool_] | None = None


def read_reference_maps(paths: Mapping[str, Path], series: PerfusionSeries) -> ReferenceMaps:
    """Read maps, and bring them to the grid of a series by where they lie in the patient.

    NIfTI maps are interpolated linearly among the voxels that show tissue, so that the zeros of the
    background do not enter the rim of the brain. DICOM maps must lie on the slices of the series.

    Parameters
    ----------
    paths : mapping of str to Path
        By quantity: a NIfTI file, or a folder of DICOM images.
    series : PerfusionSeries

    Raises
    ------
    CTPerfusionError
        If a map cannot be read, is no volume, or lies on another grid than the others, or all lie beside the
        scan.
    """
    is_dicom = any(path.is_dir() for path in paths.values())
    found = _placed(paths, series) if is_dicom else _resampled(paths, series)
    if not found.shown.any():
        raise SeriesError(
            "The reference maps show nothing of the scan",
            "check that maps and scan are of one patient and lie in one space",
        )
    return found


def read_drawn_lesion(path: Path, series: PerfusionSeries) -> NDArray[np.bool_]:
    """Read a lesion that people have drawn: voxels of the series, shape (Z, Y, X), of which it fills half.

    Parameters
    ----------
    path : Path
        A NIfTI file, 0 outside the lesion.
    series : PerfusionSeries

    Raises
    ------
    CTPerfusionError
        If it cannot be read or is no volume.
    """
    volume = _read_volume(path)
    share = _carrier(volume.ijk_to_ras, series)
    return share((volume.values > 0).astype(np.float32)) >= _LEAST_WEIGHT


def _placed(paths: Mapping[str, Path], series: PerfusionSeries) -> ReferenceMaps:
    """Return DICOM maps by the slices of the series that they lie on."""
    return _background_removed({name: read_placed_map(path, series).values for name, path in paths.items()})


def _resampled(paths: Mapping[str, Path], series: PerfusionSeries) -> ReferenceMaps:
    """Return NIfTI maps, interpolated at the voxels of the series."""
    volumes = {name: _read_volume(path) for name, path in paths.items()}
    first = next(iter(volumes.values()))
    for name, volume in volumes.items():
        if not volume.lies_on(first):
            raise SeriesError(
                f"The reference map {name} does not lie on the grid of the others",
                "give maps of one scan, all on one grid",
            )
    read = _background_removed({name: volume.values for name, volume in volumes.items()})
    return _interpolated(read, first.ijk_to_ras, series)


@dataclass(frozen=True, eq=False)
class _Volume:
    """A map as its file has it: values (Z, Y, X) and their place."""

    values: NDArray[np.float32]
    ijk_to_ras: NDArray[np.float64]

    def lies_on(self, other: "_Volume") -> bool:
        """Say whether both have the same voxels."""
        return self.values.shape == other.values.shape and np.allclose(
            self.ijk_to_ras, other.ijk_to_ras, rtol=0.0, atol=_GRID_TOLERANCE
        )


def _read_volume(path: Path) -> _Volume:
    values, ijk_to_ras = read_nifti(path)
    if values.ndim == 4 and len(values) == 1:
        values = values[0]
    if values.ndim != 3:
        raise SeriesError(f"The reference map {path.name} is not a single volume", "give a 3D image")
    refuse_sheared_grid(ijk_to_ras)
    return _Volume(values.astype(np.float32), ijk_to_ras)


def _background_removed(maps: Mapping[str, NDArray[np.float32]]) -> ReferenceMaps:
    """Tell tissue from background, for which these maps have no other mark than zeros."""
    shown = np.any([np.isfinite(values) & (values != 0) for values in maps.values()], axis=0)
    return ReferenceMaps(
        {name: np.where(shown, values, np.float32(np.nan)) for name, values in maps.items()}, shown
    )


def _interpolated(
    read: ReferenceMaps, ijk_to_ras: NDArray[np.float64], series: PerfusionSeries
) -> ReferenceMaps:
    moved = _carrier(ijk_to_ras, series)

    def interpolated(values: NDArray[np.float32]) -> NDArray[np.float32]:
        known = np.isfinite(values)
        weight = moved(known.astype(np.float32))
        sums = moved(np.where(known, values, np.float32(0.0)))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(weight >= _LEAST_WEIGHT, sums / weight, np.float32(np.nan))

    return ReferenceMaps(
        maps={name: interpolated(values) for name, values in read.maps.items()},
        shown=moved(read.shown.astype(np.float32)) >= _LEAST_WEIGHT,
    )


def _carrier(
    ijk_to_ras: NDArray[np.float64], series: PerfusionSeries
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return what interpolates volumes of one grid linearly at the voxels of a series, 0 outside."""
    import SimpleITK as sitk

    grid = to_itk(np.empty(series.shape, dtype=np.float32), series.ijk_to_ras)

    def moved(values: NDArray[np.float32]) -> NDArray[np.float32]:
        image = to_itk(values, ijk_to_ras)
        found = sitk.Resample(image, grid, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
        return np.asarray(sitk.GetArrayFromImage(found), dtype=np.float32)

    return moved
