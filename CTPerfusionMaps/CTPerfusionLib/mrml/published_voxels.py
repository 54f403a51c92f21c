"""Which array an image was filled with, so that a slider does not copy and redraw what has not changed."""

import weakref
from typing import Any

from numpy.typing import NDArray

_Filling = tuple["weakref.ref[NDArray[Any]]", int]

_FILLINGS: dict[str, _Filling] = {}
"""By the address of an image: the array, and the time at which VTK saw the image change last. No other object
ever has that time, so an address that is used again does no harm."""


def remember(image: Any, values: NDArray[Any]) -> None:
    """Note that an image has just been filled with `values`, which nobody changes afterwards."""
    address = image.GetAddressAsString("vtkImageData")
    forget = weakref.ref(values, lambda _: _FILLINGS.pop(address, None))
    _FILLINGS[address] = (forget, image.GetMTime())


def still_holds(image: Any, values: NDArray[Any]) -> bool:
    """Whether an image was filled with this very array and has not changed since."""
    array, changed = _FILLINGS.get(image.GetAddressAsString("vtkImageData"), (None, -1))
    return array is not None and array() is values and changed == image.GetMTime()
