"""The wheel holds what the source tree holds: code, types, data files and the command."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LOOK = """
import sys
from importlib import metadata
import CTPerfusionLib
from CTPerfusionLib.resources import resource_path
site = sys.argv[1]
assert CTPerfusionLib.__file__.startswith(site), CTPerfusionLib.__file__
for entry in metadata.distribution("ctperfusion").entry_points:
    print("command", entry.group, entry.name, entry.value)
for folder in ("Protocols", "Report", "Terminology"):
    for path in resource_path(folder).iterdir():
        assert str(path).startswith(site), path
        print("data", folder, path.name)
"""


def run(*command: str, cwd: Path) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)  # noqa: S603
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def an_installed_wheel(tmp_path_factory) -> Path:
    """Build the wheel and install it alone into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", *isolation, "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    (wheel,) = folder.glob("ctperfusion-*.whl")
    site = folder / "site"
    run(*pip, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=folder)
    return site


@pytest.fixture(scope="module")
def seen_from_the_wheel(an_installed_wheel) -> list[str]:
    """Lines that an interpreter prints which knows the installed wheel and not the source tree."""
    # -I keeps the environment and the working folder out; the wheel comes before an editable installation.
    script = f"import sys; sys.path.insert(0, sys.argv[1]); exec({LOOK!r})"
    site = str(an_installed_wheel)
    return run(sys.executable, "-I", "-c", script, site, cwd=an_installed_wheel).splitlines()


def source_files(folder: Path) -> set[Path]:
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def test_the_command_is_installed(seen_from_the_wheel):
    assert "command console_scripts ctperfusion CTPerfusionLib.cli:main" in seen_from_the_wheel


@pytest.mark.parametrize("folder", ["Protocols", "Report", "Terminology"])
def test_every_data_file_is_found_in_the_wheel(seen_from_the_wheel, folder):
    expected = {f"data {folder} {path.name}" for path in (ROOT / "Resources" / folder).iterdir()}

    assert expected
    assert expected <= set(seen_from_the_wheel)


def test_every_module_and_the_type_marker_are_in_the_wheel(an_installed_wheel):
    expected = source_files(ROOT / "CTPerfusionMaps" / "CTPerfusionLib")

    assert Path("py.typed") in expected
    assert expected <= source_files(an_installed_wheel / "CTPerfusionLib")
