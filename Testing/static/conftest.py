"""The two scripted modules, and what their CMake files list."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_NAMES = ("CTPerfusionMaps", "CorePenumbraSegment")
LIBRARY = "CTPerfusionLib"

_COMMENT = re.compile(r"#[^\n]*")
_SET = re.compile(r"set\(\s*(\w+)([^()]*)\)")
_INCLUDE = re.compile(r"include\(\s*([\w./-]+)\s*\)")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class CMakeFile:
    """The lists that a CMake file sets, with variables and included files resolved."""

    path: Path

    @cached_property
    def text(self) -> str:
        return _COMMENT.sub("", self.path.read_text(encoding="utf-8"))

    @cached_property
    def lists(self) -> dict[str, list[str]]:
        lists: dict[str, list[str]] = {}
        for name in _INCLUDE.findall(self.text):
            lists.update(CMakeFile(self.path.parent / name).lists)
        for name, values in _SET.findall(self.text):
            lists[name] = [part for value in values.split() for part in _expanded(value, lists)]
        return lists


def _expanded(value: str, lists: dict[str, list[str]]) -> list[str]:
    """Return what a value stands for: a list where it is a variable alone, else one string."""
    whole = _VARIABLE.fullmatch(value)
    if whole and whole[1] in lists:
        return lists[whole[1]]
    return [_VARIABLE.sub(lambda found: " ".join(lists.get(found[1], [found[0]])), value)]


@dataclass(frozen=True)
class ScriptedModule:
    """A module of the extension: its folder, its own Python files and its forms."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def cmake(self) -> CMakeFile:
        return CMakeFile(self.folder / "CMakeLists.txt")

    @property
    def top_files(self) -> list[Path]:
        """The files that Slicer takes for modules."""
        return sorted(self.folder.glob("*.py"))

    @property
    def python_files(self) -> list[Path]:
        """Those and the widgets and logics behind them; not the library."""
        return [*self.top_files, *sorted((self.folder / f"{self.name}Lib").rglob("*.py"))]

    @property
    def forms(self) -> list[Path]:
        return sorted(self.folder.rglob("*.ui"))


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture(params=MODULE_NAMES)
def a_module(request) -> ScriptedModule:
    return ScriptedModule(request.param)


@pytest.fixture
def both_modules() -> list[ScriptedModule]:
    return [ScriptedModule(name) for name in MODULE_NAMES]


@pytest.fixture
def resources_cmake() -> CMakeFile:
    return CMakeFile(ROOT / "Resources" / "CMakeLists.txt")


@pytest.fixture
def root_cmake() -> CMakeFile:
    return CMakeFile(ROOT / "CMakeLists.txt")
