"""Where models and filters can be computed."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING

from .errors import ConfigurationError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Device:
    """A processor and what runs there.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    torch_name : str or None
        Name of the torch device; None where compiled code for the processor runs instead.
    """

    name: str
    title: str
    torch_name: str | None

    @property
    def torch_device(self) -> "torch.device | None":
        """The torch device, None where torch is not used."""
        if self.torch_name is None:
            return None
        import torch

        return torch.device(self.torch_name)


DEVICES: Mapping[str, Device] = MappingProxyType(
    {
        device.name: device
        for device in (
            Device("cpu", "all processor cores, compiled by numba", None),
            Device("cuda", "NVIDIA GPU, by torch", "cuda"),
            Device("mps", "Apple GPU, by torch", "mps"),
        )
    }
)
"""Devices by name; ``auto`` means the last of them that this machine has."""


def resolve_device(name: "str | Device") -> Device:
    """Return the device that `name` means; ``auto`` is a GPU where there is one.

    Raises
    ------
    ConfigurationError
        If there is no such device, or this machine does not have it.
    """
    if isinstance(name, Device):
        return name
    if name == "auto":
        return next(device for device in reversed(list(DEVICES.values())) if _is_present(device))
    if name not in DEVICES:
        raise ConfigurationError(f"There is no device '{name}'", f"choose one of: auto, {', '.join(DEVICES)}")
    device = DEVICES[name]
    if not _is_present(device):
        raise ConfigurationError(
            f"The device '{name}' ({device.title}) is not available on this machine",
            "install the driver and a build of torch for it, or choose auto or cpu",
        )
    return device


def _is_present(device: Device) -> bool:
    """Say whether the machine has the device; torch, slow to import, is asked only where it may say yes."""
    if device.torch_name is None:
        return True
    if find_spec("torch") is None or (device.torch_name == "mps") != (sys.platform == "darwin"):
        return False
    if device.torch_name == "mps":
        import torch

        return torch.backends.mps.is_available()
    return _has_nvidia_driver() and _torch_reaches_cuda()


def _has_nvidia_driver() -> bool:
    from ctypes import CDLL

    try:
        CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _torch_reaches_cuda() -> bool:
    import torch

    return torch.cuda.is_available()
