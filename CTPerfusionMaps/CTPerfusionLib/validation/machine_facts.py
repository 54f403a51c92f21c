"""What a measurement of time depends on: processor, libraries, threads; never whose machine it is."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import __version__
from ..devices import Device

_REPORTED_PACKAGES = ("numpy", "scipy", "numba", "torch", "SimpleITK", "itk-elastix")


def machine_facts(device: Device) -> dict[str, Any]:
    """Return the facts about this machine and `device`, ready for JSON."""
    return {
        "processor": _processor(),
        "cores": _usable_cores(),
        "load_average": _load_average(),
        "device": _device_title(device),
        "blas": _blas(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "ctperfusion": __version__,
        "packages": {name: version for name in _REPORTED_PACKAGES if (version := installed_version(name))},
    }


def installed_version(distribution: str) -> str | None:
    """Return the version of an installed package, None where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    if sys.platform.startswith("linux"):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            return names[0]
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    return platform.processor() or platform.machine()


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_average() -> float | None:
    """Return the mean number of busy processes in the last minute; None where the system does not tell."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _device_title(device: Device) -> str:
    if device.torch_name == "cuda":
        import torch

        return f"{device.title}: {torch.cuda.get_device_name()}"
    return device.title


def _blas() -> list[str]:
    """Name the linear-algebra libraries in use, with their versions and threads."""
    from threadpoolctl import threadpool_info

    return sorted(
        {
            f"{pool['internal_api']} {pool['version']}, threads: {pool['num_threads']}"
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        }
    )
