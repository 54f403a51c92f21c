"""Slicer starts as quickly with the extension as without: modules import little and do nothing on import."""

import ast
import json
import subprocess
import sys

import pytest

OF_SLICER = {"slicer", "vtk", "qt", "ctk", "DICOMLib", "SampleData", "numpy", "SimpleITK"}
HEAVY = {
    "torch",
    "numba",
    "scipy",
    "matplotlib",
    "pydicom",
    "nibabel",
    "nrrd",
    "jinja2",
    "gdcm",
    "tqdm",
    "nilearn",
}
LIGHT_PARTS = {
    "CTPerfusionLib",
    "CTPerfusionLib.errors",
    "CTPerfusionLib.progress",
    "CTPerfusionLib.resources",
}
MODULES = ("CTPerfusionMaps", "CorePenumbraSegment", "DICOMCTPerfusionPlugin")

START = """
import importlib, json, sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

class Anything:
    '''Serves as base class, decorator, annotation and function alike.'''
    def __init__(self, *arguments, **options): pass
    def __call__(self, argument=None, *arguments, **options): return argument
    def __class_getitem__(cls, item): return cls
    def __or__(self, other): return self

class SlicerModule(ModuleType):
    __path__ = []
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "parameterNodeWrapper" or name == "parameterPack" or name == "tr":
            return lambda argument: argument
        if name in ("modules", "app", "util"):
            return Anything()
        return type(name, (Anything,), {})

class Slicer(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        is_ours = name.partition(".")[0] in ("slicer", "qt", "ctk", "vtk", "DICOMLib")
        return ModuleSpec(name, self, is_package=True) if is_ours else None
    def create_module(self, spec):
        return SlicerModule(spec.name)
    def exec_module(self, module): pass

sys.meta_path.insert(0, Slicer())
sys.path[:0] = json.loads(sys.argv[1])
before = set(sys.modules)
for name in json.loads(sys.argv[2]):
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def imports_at_file_scope(tree: ast.Module) -> list[tuple[int, str]]:
    """Return (line, name) of all imports outside of functions, relative ones as '.'."""
    found = []
    for node in statements_at_file_scope(tree.body):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, "." if node.level else str(node.module)))
    return found


def statements_at_file_scope(body):
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from statements_at_file_scope(getattr(node, name, []))


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_there_are_modules_to_look_at(a_module):
    assert len(a_module.top_files) >= 1
    assert len(a_module.python_files) >= 5


def test_nothing_but_slicer_s_own_packages_is_imported_at_file_scope(both_modules):
    ours = {f"{module.name}Lib" for module in both_modules} | {".", "CTPerfusionLib"}
    allowed = OF_SLICER | ours | sys.stdlib_module_names
    foreign = [
        f"{path.name}:{line}: {name}"
        for module in both_modules
        for path in module.python_files
        for line, name in imports_at_file_scope(parsed(path))
        if (name if name == "." else name.partition(".")[0]) not in allowed
    ]

    assert foreign == []


def test_the_files_that_slicer_loads_import_the_library_in_functions_only(both_modules):
    early = [
        f"{path.name}:{line}: {name}"
        for module in both_modules
        for path in module.top_files
        for line, name in imports_at_file_scope(parsed(path))
        if name.partition(".")[0] == "CTPerfusionLib"
    ]

    assert early == []


def test_modules_only_define_things_on_import(both_modules):
    defining = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)
    doing = [
        f"{path.name}:{node.lineno}: {ast.unparse(node)[:60]}"
        for module in both_modules
        for path in module.python_files
        for node in parsed(path).body
        if not isinstance(node, defining) and not is_text(node) and not is_for_type_checkers(node)
    ]

    assert doing == []


def is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def is_for_type_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.fixture
def loaded_at_start(both_modules) -> set[str]:
    """What a fresh interpreter loads when Slicer starts, with stand-ins for Slicer's own packages."""
    folders = [str(module.folder) for module in both_modules]
    command = [sys.executable, "-I", "-c", START, json.dumps(folders), json.dumps(MODULES)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout))


def test_all_modules_can_be_imported_at_start(loaded_at_start):
    assert set(MODULES) <= loaded_at_start
    assert "CTPerfusionMapsLib.widget" in loaded_at_start
    assert "CorePenumbraSegmentLib.widget" in loaded_at_start


def test_starting_loads_no_heavy_package(loaded_at_start):
    assert {name.partition(".")[0] for name in loaded_at_start} & HEAVY == set()


def test_starting_loads_of_the_library_only_its_light_foundations(loaded_at_start):
    assert {name for name in loaded_at_start if name.startswith("CTPerfusionLib")} <= LIGHT_PARTS
