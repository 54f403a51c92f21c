"""Data flow one way: every package imports only from those before it, and importing stays light."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[2] / "CTPerfusionMaps" / "CTPerfusionLib"
FOUNDATION = "foundation"
ORDER = [
    FOUNDATION,
    *["series", "io", "phantom", "preprocessing", "vessels", "kinetics", "networks", "lesion", "quality"],
    *["statistics", "report", "export", "mrml", "pipeline", "training", "cohort", "validation", "cli"],
]
HEAVY = [
    *["slicer", "vtk", "qt", "torch", "numba", "matplotlib", "SimpleITK", "nilearn", "nibabel", "pydicom"],
    *["scipy.stats", "scipy.signal", "scipy.interpolate", "scipy.optimize"],
    *[
        "jinja2",
        "nrrd",
        "gdcm",
        "tqdm",
        "pandas",
        "pyarrow",
        "dask",
        "distributed",
        "lightning",
        "safetensors",
        "tensorboard",
    ],
]
MODULES = sorted(LIBRARY.rglob("*.py"))
PACKAGES = sorted({path.relative_to(LIBRARY).parts[0] for path in LIBRARY.glob("*/__init__.py")})


def dotted(path: Path) -> list[str]:
    """Return the module's name below the library, such as ['kinetics', 'box_model']."""
    parts = list(path.relative_to(LIBRARY).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def package_of(names: list[str]) -> str:
    """Return the package of a module; modules at the top of the library lie below all packages."""
    return names[0] if names and (LIBRARY / names[0]).is_dir() else FOUNDATION


def imported(path: Path) -> list[tuple[int, str]]:
    """Return (line, absolute name) of every import in a module, in functions too, relative ones resolved."""
    found = []
    folder = ["CTPerfusionLib", *path.relative_to(LIBRARY).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) + 1 - node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{start}.{alias.name}") for alias in node.names]
    return found


def inner_imports(path: Path) -> list[tuple[int, str]]:
    """Return (line, package) of every import of a module from within the library."""
    names = [(line, name.split(".")) for line, name in imported(path)]
    return [(line, package_of(parts[1:])) for line, parts in names if parts[0] == "CTPerfusionLib"]


def test_the_library_has_modules_to_check():
    assert len(MODULES) > 20
    assert any(inner_imports(path) for path in MODULES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_its_place_in_the_order(package):
    assert package in ORDER


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(dotted(path)) or "CTPerfusionLib")
def test_modules_import_only_from_their_own_package_and_those_before_it(path):
    own = ORDER.index(package_of(dotted(path)))
    upward = [
        f"line {line}: {package}" for line, package in inner_imports(path) if ORDER.index(package) > own
    ]

    assert upward == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: ".".join(dotted(path)) or "CTPerfusionLib")
def test_no_module_knows_qt_and_only_mrml_knows_slicer(path):
    forbidden = {"qt", "ctk", "PythonQt", "PySide6", "PyQt5", "PyQt6"}
    if package_of(dotted(path)) != "mrml":
        forbidden |= {"slicer", "vtk"}

    assert [(line, name) for line, name in imported(path) if name.split(".")[0] in forbidden] == []


def newly_loaded(modules: list[str]) -> dict[str, set[str]]:
    """Return which modules, to two levels, a fresh interpreter gains from importing `modules` in turn."""
    script = f"""
import importlib, json, sys
sys.path.insert(0, {str(LIBRARY.parent)!r})
gained = {{}}
for module in {modules}:
    before = set(sys.modules)
    importlib.import_module(module)
    gained[module] = sorted(
        {{".".join(name.split(".")[:depth]) for name in set(sys.modules) - before for depth in (1, 2)}}
    )
print(json.dumps(gained))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 0, result.stderr
    return {module: set(names) for module, names in json.loads(result.stdout).items()}


def test_importing_packages_loads_nothing_heavy():
    light = [f"CTPerfusionLib.{name}" for name in sorted(PACKAGES, key=ORDER.index) if name != "mrml"]

    heavy = {module: names & set(HEAVY) for module, names in newly_loaded(light).items()}

    assert {module: names for module, names in heavy.items() if names} == {}


def test_importing_the_library_itself_loads_no_third_party_module():
    assert newly_loaded(["CTPerfusionLib"])["CTPerfusionLib"] & {*HEAVY, "numpy", "scipy"} == set()


def test_a_command_loads_its_own_module_alone():
    loaded = newly_loaded(["CTPerfusionLib.cli.main"])["CTPerfusionLib.cli.main"]

    assert loaded & {"numpy", "scipy", *HEAVY} == set()
