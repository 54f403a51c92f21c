"""Bring the lists of files in CMake up to date, since Slicer ships only what is listed there.

Run it after adding, renaming or removing a file of the extension; a test compares the lists with the tree.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("CTPerfusionMaps", "CorePenumbraSegment")
LIBRARY = "CTPerfusionLib"
NOT_SHIPPED = ("Testing", "Screenshots", "__pycache__")


def shipped(folder: Path, is_kept: Callable[[Path], bool]) -> list[str]:
    """Return the files below a folder that are kept, relative to it, those nearest to it first."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = (name for name in names if not set(name.parts) & set(NOT_SHIPPED) and is_kept(name))
    return [name.as_posix() for name in sorted(kept, key=lambda name: (len(name.parts) > 1, name))]


def is_script(name: Path) -> bool:
    """Whether CMake takes a file for a script."""
    return name.suffix == ".py"


def is_resource(name: Path) -> bool:
    """Whether CMake takes a file for a resource."""
    return not is_script(name) and name.suffix != ".cmake" and name.name != "CMakeLists.txt"


def is_of_the_library(name: Path) -> bool:
    """Whether a file belongs to the library, which has lists of its own."""
    return name.parts[0] == LIBRARY


def set_list(cmake_file: Path, name: str, values: Iterable[str]) -> None:
    """Replace the values of a list in a CMake file."""
    command = "\n  ".join([f"set({name}", *values, ")"])
    text, count = re.subn(
        rf"set\({name}\s[^()]*\)", lambda _: command, cmake_file.read_text(encoding="utf-8")
    )
    if count != 1:
        raise SystemExit(f"{cmake_file} sets {name} {count} times")
    cmake_file.write_text(text, encoding="utf-8")


def main() -> None:
    """Write all lists."""
    for module in MODULES:
        for name, is_kept in (("SCRIPTS", is_script), ("RESOURCES", is_resource)):
            files = shipped(ROOT / module, is_kept)
            library = [file for file in files if is_of_the_library(Path(file))]
            own = [file for file in files if file not in library]
            if library:
                set_list(ROOT / module / f"{LIBRARY}.cmake", f"CTPERFUSIONLIB_{name}", library)
                own.append(f"${{CTPERFUSIONLIB_{name}}}")
            set_list(ROOT / module / "CMakeLists.txt", f"MODULE_PYTHON_{name}", own)
    resources = shipped(ROOT / "Resources", lambda name: len(name.parts) > 1)
    set_list(ROOT / "Resources" / "CMakeLists.txt", "EXTENSION_RESOURCES", resources)


if __name__ == "__main__":
    main()
