"""Stand-in for ``slicer.packaging`` of Slicer 5.12, which is absent from 5.8."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
from packaging.requirements import Requirement


def packaging(installed: list[str]) -> ModuleType:
    """Install the module and return it.

    Parameters
    ----------
    installed : list of str
        Takes what would have been installed.
    """
    module = ModuleType("slicer.packaging")

    def pip_check(requirements: Any) -> bool:
        return all(map(_is_there, _listed(requirements)))

    def pip_ensure(requirements: Any, **_options: Any) -> None:
        installed.extend(str(each) for each in _listed(requirements) if not _is_there(each))

    vars(module).update(
        load_requirements=_load,
        pip_check=pip_check,
        pip_ensure=pip_ensure,
        pip_install=lambda each, **_: installed.append(each),
    )
    sys.modules["slicer.packaging"] = module
    slicer.packaging = module
    return module


def _load(path: Any) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def _listed(requirements: Any) -> list[Requirement]:
    each = requirements if isinstance(requirements, list | tuple) else [requirements]
    return [item if isinstance(item, Requirement) else Requirement(item) for item in each]


def _is_there(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False
