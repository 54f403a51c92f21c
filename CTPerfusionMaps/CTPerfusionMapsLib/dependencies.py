"""Python packages that Slicer does not bring, installed when they are first needed and the user agrees."""

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import ConfigurationError

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)>=(?P<version>[\d.]+)")
_MODULE_FOLDER = Path(__file__).resolve().parents[1]

REQUIREMENTS = _MODULE_FOLDER / "Resources" / "CTPerfusion-requirements.txt"
"""One package and its lowest version in each line."""

SAMPLE_REQUIREMENTS = ("nilearn>=0.10",)
"""What simulating the sample head needs besides."""

DICOM_REQUIREMENTS = ("highdicom>=0.28",)
"""What writing results as DICOM objects needs besides."""


NETWORK_REQUIREMENTS = ("safetensors>=0.4",)
"""What networks need besides, apart from torch."""


@dataclass(frozen=True)
class TorchUse:
    """What torch is wanted for, and what the user may do without it."""

    purpose: str
    alternative: str


TORCH_FOR_GPU = TorchUse("to compute on a GPU", "compute on cpu")
TORCH_FOR_NETWORKS = TorchUse("to compute maps by a network", "choose another method")
TORCH_FOR_CORE_VOLUME = TorchUse("for the core-volume network", "switch that network off")


def ensureDependencies(requester: str, extra: tuple[str, ...] = ()) -> None:
    """Make sure that all packages are there; ask before anything is installed.

    Parameters
    ----------
    requester : str
        Name of the module, as the user knows it.
    extra : tuple of str
        Requirements besides those of the extension.

    Raises
    ------
    ConfigurationError
        If the user declines.
    """
    missing = [line for line in (*_requirements(), *extra) if not _isInstalled(line)]
    if not missing:
        return
    question = _(
        "{requester} needs Python packages that are not installed:\n\n{packages}\n\n"
        "Download and install them now? This takes some minutes."
    ).format(requester=requester, packages="\n".join(missing))
    if not slicer.util.confirmOkCancelDisplay(question):
        raise ConfigurationError(
            f"{requester} cannot work without the packages {', '.join(missing)}",
            "start again and agree to their installation",
        )
    slicer.util.pip_install(" ".join(missing))


def ensureTorch(requester: str, use: TorchUse) -> None:
    """Make sure that torch is there, by the PyTorch extension, which knows the right build for the machine.

    Parameters
    ----------
    requester : str
        Name of the module, as the user knows it.
    use : TorchUse

    Raises
    ------
    ConfigurationError
        If that extension is not installed, or the user declines.
    """
    if find_spec("torch") is not None:
        return
    try:
        import PyTorchUtils
    except ImportError as error:
        raise ConfigurationError(
            f"{requester} needs PyTorch {use.purpose}",
            "install the extension PyTorch in the Extensions Manager and restart Slicer, or "
            f"{use.alternative}",
        ) from error
    if PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=True) is None:
        raise ConfigurationError(
            "PyTorch was not installed", f"agree to its installation, or {use.alternative}"
        )


def _requirements() -> list[str]:
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _isInstalled(requirement: str) -> bool:
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None:
        raise ValueError(f"cannot read the requirement {requirement!r}")
    try:
        installed = version(match["name"])
    except PackageNotFoundError:
        return False
    return _numbers(installed) >= _numbers(match["version"])


def _numbers(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version such as 2.4.1rc1 as (2, 4, 1)."""
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", text)[0]))
