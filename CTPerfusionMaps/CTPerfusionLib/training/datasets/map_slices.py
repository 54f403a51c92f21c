"""The slices of patients as a data set of torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError
from ...networks import MAP_TARGETS, require_networks
from .dataset_error import DatasetError
from .patient_maps import STACK_SCALE, PatientMaps, PatientSource, checked_targets, require_patient
from .resizing import averaged, averaged_mask, averaged_where_known, resized_shape
from .stored_arrays import read_rows

if TYPE_CHECKING:
    import torch


class SliceSample(NamedTuple):
    """One slice of a patient.

    Attributes
    ----------
    stack : tensor of float32, shape (T, Y, X)
        Shares of the HU window, [0, 1].
    context : tensor of float32, shape (K, T)
        Summary curves of the whole study.
    targets : tensor of float32, shape (C, Y, X)
        Shares of the windows of :data:`CTPerfusionLib.networks.MAP_TARGETS`, [0, 1]; NaN where there is none.
    weight : tensor of bool, shape (Y, X)
        The brain.
    patient : str
    slice : int
        From 0.
    """

    stack: torch.Tensor
    context: torch.Tensor
    targets: torch.Tensor
    weight: torch.Tensor
    patient: str
    slice: int


class MapSlices:
    """All slices of some patients, in their order; a map-style data set of torch.

    Of a patient that lies in a cache only the slice that is asked for is read. Other patients are kept in
    memory. A worker process opens its patients anew, so give a cache to several workers.

    Parameters
    ----------
    source : PatientSource
    patients : sequence of str
    targets : sequence of str
        The maps that are the channels of the targets, in this order.
    size : int or None
        Pixels of the longer side of the matrix to which slices are averaged; None leaves them as they are.

    Raises
    ------
    DatasetError
        If there is no patient, one that the source does not have, or one that lacks a target.
    ConfigurationError
        If there is no such target, or torch is not installed.
    """

    def __init__(
        self,
        source: PatientSource,
        patients: Sequence[str],
        targets: Sequence[str],
        *,
        size: int | None = None,
    ) -> None:
        require_networks()
        if not patients:
            raise DatasetError("The data set has no patient", "give at least one")
        if size is not None and size < 1:
            raise ArgumentError("size", f"size is {size}", "give a number of pixels, or None")
        self._source = source
        self._targets = checked_targets(targets)
        self._size = size
        self._opened: dict[str, PatientMaps] = {}
        self._places: list[tuple[str, int]] = []
        for patient in patients:
            require_patient(patient, source.patients)
            maps = self._open(patient)
            for name in self._targets:
                maps.target(name)
            self._places.extend((patient, index) for index in range(maps.n_slices))

    def __len__(self) -> int:
        return len(self._places)

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Patient and slice of each sample."""
        return tuple(self._places)

    def __getitem__(self, index: int) -> SliceSample:
        """Return a slice.

        Raises
        ------
        DatasetError
            If a value of it is no number.
        """
        patient, place = self._places[index]
        sample = self._read(self._open(patient), place)
        return sample if self._size is None else _resized(sample, self._size)

    def part(self, index: int, rows: slice, columns: slice) -> SliceSample:
        """Return a part of a slice; unless slices are averaged, only the part is read.

        Raises
        ------
        DatasetError
            If a value of it is no number.
        """
        if self._size is not None:
            return _cut(self[index], rows, columns)
        patient, place = self._places[index]
        return self._read(self._open(patient), place, rows, columns)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the patients that are open: memory maps would be sent to worker processes as a whole."""
        return {**self.__dict__, "_opened": {}}

    def _open(self, patient: str) -> PatientMaps:
        if patient not in self._opened:
            self._opened[patient] = self._source.load(patient)
        return self._opened[patient]

    def _read(
        self, maps: PatientMaps, index: int, rows: slice = slice(None), columns: slice = slice(None)
    ) -> SliceSample:
        import torch

        stack = _shares(read_rows(maps.stack, index, rows)[..., columns])
        if not np.isfinite(stack).all():
            raise _not_a_number("images", maps.patient, index)
        if not np.isfinite(maps.context).all():
            raise _not_a_number("context", maps.patient, index)
        channels = [maps.target_names.index(name) for name in self._targets]
        physical = read_rows(maps.targets, index, rows)[channels, :, columns]
        if np.isinf(physical).any():
            raise _not_a_number("maps", maps.patient, index)
        scaled = [MAP_TARGETS[name].scaled(each) for name, each in zip(self._targets, physical, strict=True)]
        return SliceSample(
            stack=torch.from_numpy(stack),
            context=torch.from_numpy(np.array(maps.context, dtype=np.float32)),
            targets=torch.from_numpy(np.stack(scaled)),
            weight=torch.from_numpy(np.array(maps.brain[index, rows, columns])),
            patient=maps.patient,
            slice=index,
        )


def _shares(stored: NDArray[Any]) -> NDArray[np.float32]:
    """Return the images of a slice as shares of the window; they are read from the disk here."""
    images = np.array(stored, dtype=np.float32)
    if stored.dtype == np.uint16:
        images *= np.float32(1.0 / STACK_SCALE)
    return images


def _cut(sample: SliceSample, rows: slice, columns: slice) -> SliceSample:
    stack, targets, weight = (
        image[..., rows, columns] for image in (sample.stack, sample.targets, sample.weight)
    )
    return sample._replace(stack=stack, targets=targets, weight=weight)


def _resized(sample: SliceSample, size: int) -> SliceSample:
    rows, columns = sample.weight.shape
    shape = resized_shape((rows, columns), size)
    if shape == (rows, columns):
        return sample
    return sample._replace(
        stack=averaged(sample.stack, shape),
        targets=averaged_where_known(sample.targets, shape),
        weight=averaged_mask(sample.weight, shape),
    )


def _not_a_number(what: str, patient: str, index: int) -> DatasetError:
    return DatasetError(
        f"The {what} of patient {patient} have values in slice {index + 1} that are no numbers",
        "mend the files of this patient or leave it out",
    )
