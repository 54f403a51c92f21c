"""CMake lists every file that Slicer must ship: what is forgotten there is silently left out."""

import json
import re
import shutil
import subprocess
import sys

import pytest

REFRESH = "to bring all lists up to date: python Testing/static/write_file_lists.py"


def explain(listed: set[str], present: set[str], where: str) -> str:
    lines = [f"  {name}" for name in sorted(present - listed)]
    stale = [f"  {name}" for name in sorted(listed - present)]
    return "\n".join([f"missing in {where}:", *lines, "listed, but not there:", *stale, REFRESH])


def tree(folder, kept) -> set[str]:
    """Return the files of a folder that are `kept`, relative to it."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    names = {path.relative_to(folder) for path in paths}
    return {name.as_posix() for name in names if name.parts[0] != "Testing" and kept(name)}


def is_build_file(name) -> bool:
    return name.name == "CMakeLists.txt" or name.suffix == ".cmake"


def test_every_python_file_of_a_module_is_listed_once(a_module):
    listed = a_module.cmake.lists["MODULE_PYTHON_SCRIPTS"]
    present = tree(a_module.folder, lambda name: name.suffix == ".py")

    assert f"{a_module.name}.py" in present
    assert len(listed) == len(set(listed))
    assert set(listed) == present, explain(set(listed), present, a_module.cmake.path)


def test_every_other_file_of_a_module_is_listed_once(a_module):
    listed = a_module.cmake.lists["MODULE_PYTHON_RESOURCES"]
    present = tree(a_module.folder, lambda name: name.suffix != ".py" and not is_build_file(name))

    assert f"Resources/UI/{a_module.name}.ui" in present
    assert len(listed) == len(set(listed))
    assert set(listed) == present, explain(set(listed), present, a_module.cmake.path)


def test_every_data_file_of_the_extension_is_listed_once(root, resources_cmake):
    listed = resources_cmake.lists["EXTENSION_RESOURCES"]
    present = tree(root / "Resources", lambda name: len(name.parts) > 1 and name.parts[0] != "Screenshots")

    assert "Protocols/rapid-like.json" in present
    assert len(listed) == len(set(listed))
    assert set(listed) == present, explain(set(listed), present, resources_cmake.path)


def test_files_are_named_one_by_one(root):
    files = [*root.glob("CMakeLists.txt"), *root.glob("[CRT]*/**/CMakeLists.txt"), *root.glob("*/*.cmake")]

    assert len(files) >= 9
    assert [path for path in files if "GLOB" in path.read_text(encoding="utf-8")] == []


def test_every_folder_and_every_test_script_that_cmake_enters_exists(root):
    for path in [root / "CMakeLists.txt", *root.glob("[CRT]*/**/CMakeLists.txt")]:
        text = path.read_text(encoding="utf-8").replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
        for folder in re.findall(r"add_subdirectory\((\w+)\)", text):
            assert (path.parent / folder / "CMakeLists.txt").is_file(), f"{path}: {folder}"
        for script in re.findall(r"slicer_add_python_unittest\(SCRIPT ([\w./]+)\)", text):
            assert (path.parent / script).is_file(), f"{path}: {script}"


def test_every_module_is_built_and_tested_in_slicer(a_module, root_cmake):
    assert f"add_subdirectory({a_module.name})" in root_cmake.text
    assert "WITH_GENERIC_TESTS" in a_module.cmake.text
    assert "slicer_add_python_unittest(SCRIPT ${MODULE_NAME}.py)" in a_module.cmake.text


def test_every_test_for_slicer_is_registered(root):
    registered = {
        script.rpartition("/")[2]
        for path in root.glob("[CT]*/**/CMakeLists.txt")
        for script in re.findall(r"SCRIPT (\S+)\)", path.read_text(encoding="utf-8"))
    }
    folders = ("Testing/desktop", "CTPerfusionMaps/Testing/Python", "CorePenumbraSegment/Testing/Python")
    written = {path.name for folder in folders for path in (root / folder).glob("*.py")}

    assert "DICOMCTPerfusionPluginTest.py" in written
    assert written <= registered


@pytest.fixture
def the_installed_folder(tmp_path, both_modules, resources_cmake):
    """The one folder into which Slicer puts what the lists of all modules name."""
    for module in both_modules:
        lists = module.cmake.lists
        for name in (*lists["MODULE_PYTHON_SCRIPTS"], *lists["MODULE_PYTHON_RESOURCES"]):
            copy(module.folder / name, tmp_path / name)
    for name in resources_cmake.lists["EXTENSION_RESOURCES"]:
        copy(resources_cmake.path.parent / name, tmp_path / "Resources" / name)
    return tmp_path


def copy(source, target):
    assert not target.exists(), f"two modules ship {target.name}"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def test_the_library_finds_its_data_in_the_installed_folder(the_installed_folder):
    script = """
import json, sys
sys.path.insert(0, sys.argv[1])
from CTPerfusionLib.lesion import load_protocol
from CTPerfusionLib.resources import resource_path
load_protocol()
print(json.dumps([str(resource_path(*name)) for name in (["Report", "report.css"], ["Terminology"])]))
"""
    command = [sys.executable, "-I", "-c", script, str(the_installed_folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603

    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found == [
        str(the_installed_folder / "Resources" / name) for name in ("Report/report.css", "Terminology")
    ]
