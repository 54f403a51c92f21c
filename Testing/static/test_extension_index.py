"""What the extension index checks of a repository, and what its catalogue entry must hold."""

import json
import re
import struct
import tomllib
from urllib.parse import urlsplit

import pytest

ONE_LINE = ("HOMEPAGE", "CONTRIBUTORS", "DESCRIPTION", "ICONURL", "SCREENSHOTURLS", "DEPENDS")
CATALOGUE_FIELDS = {
    *("$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies"),
    *("build_subdirectory", "enabled", "tier"),
}
SCHEMA = "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/slicer-extension-catalog-entry-schema-v1.0.1.json#"
BRING_SLICER = {"numpy", "scipy", "pillow", "pydicom", "SimpleITK"}
"""Packages that Slicer has since 5.8, in versions that are new enough."""
NEVER_IN_SLICER = {"python-gdcm"}
"""Packages that break Slicer: the GDCM in python-gdcm and the one that Slicer has loaded mix their symbols,
and Slicer aborts when it is closed. SimpleITK decodes what compressed studies need."""


def value(text: str, name: str) -> str:
    """Return the value of an extension variable, which stands in one line and in double quotes."""
    (found,) = re.findall(rf'^set\(EXTENSION_{name} "([^"\n]+)"\)', text, re.MULTILINE)
    return found


@pytest.fixture
def cmake_text(root) -> str:
    return (root / "CMakeLists.txt").read_text(encoding="utf-8")


@pytest.fixture
def catalogue_entry(root) -> dict[str, object]:
    return json.loads((root / "Resources" / "CTPerfusion.json").read_text(encoding="utf-8"))


def test_the_project_has_the_name_of_the_catalogue_entry_and_does_not_begin_with_slicer(cmake_text):
    (name,) = re.findall(r"project\s*\(\s*([^\s)]+)", cmake_text, re.IGNORECASE)

    assert name == "CTPerfusion"


@pytest.mark.parametrize("name", ONE_LINE)
def test_every_extension_variable_stands_in_one_line_in_double_quotes(cmake_text, name):
    assert value(cmake_text, name).strip() == value(cmake_text, name)


def test_the_description_says_that_it_is_for_research(cmake_text):
    assert "research use only" in value(cmake_text, "DESCRIPTION").lower()


def test_icon_and_screenshots_are_pictures_of_this_repository(root, cmake_text):
    urls = [value(cmake_text, "ICONURL"), *value(cmake_text, "SCREENSHOTURLS").split()]
    repository = urlsplit(value(cmake_text, "HOMEPAGE")).path

    for url in urls:
        place = urlsplit(url)
        assert (place.scheme, place.netloc) == ("https", "raw.githubusercontent.com")
        assert place.path.startswith(f"{repository}/main/")
        picture = root / place.path.removeprefix(f"{repository}/main/")
        assert picture.read_bytes().startswith(b"\x89PNG"), url


def test_the_icon_has_128_by_128_pixels(root):
    header = (root / "Resources" / "CTPerfusion.png").read_bytes()[16:24]

    assert struct.unpack(">II", header) == (128, 128)


def test_the_catalogue_entry_has_the_fields_of_the_schema_and_no_others(catalogue_entry):
    assert catalogue_entry["$schema"] == SCHEMA
    assert set(catalogue_entry) <= CATALOGUE_FIELDS
    assert isinstance(catalogue_entry["tier"], int)
    assert 1 <= catalogue_entry["tier"] <= 5
    assert catalogue_entry["scm_type"] in ("git", "local")
    assert catalogue_entry["category"] == "Neuroimaging"


def test_the_catalogue_entry_names_the_repository_of_the_homepage(catalogue_entry, cmake_text):
    repository = catalogue_entry["scm_url"]

    assert repository == value(cmake_text, "HOMEPAGE")
    assert urlsplit(repository).scheme == "https"
    assert repository.rpartition("/")[2].startswith("Slicer")


def test_dependencies_are_declared_alike_in_both_places(catalogue_entry, cmake_text):
    depends = value(cmake_text, "DEPENDS").split()

    assert catalogue_entry["build_dependencies"] == ([] if depends == ["NA"] else depends)


def test_the_licence_lies_at_the_root(root):
    assert "Apache License" in (root / "LICENSE.txt").read_text(encoding="utf-8")


def test_lines_end_as_the_index_wants(root):
    files = [
        *root.glob("CMakeLists.txt"),
        *root.glob("*/CMakeLists.txt"),
        root / "Resources" / "CTPerfusion.json",
    ]

    assert len(files) >= 5
    assert [path for path in files if b"\r" in path.read_bytes()] == []


def test_what_slicer_installs_on_demand_is_what_the_library_needs_and_slicer_lacks(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    not_listed = BRING_SLICER | NEVER_IN_SLICER
    needed = {line for line in project["dependencies"] if re.split("[>=]", line)[0] not in not_listed}
    path = root / "CTPerfusionMaps" / "Resources" / "CTPerfusion-requirements.txt"
    lines = path.read_text(encoding="utf-8").splitlines()

    assert {line for line in lines if line and not line.startswith("#")} == needed


def test_the_terminology_is_one_that_slicer_reads(root):
    (path,) = (root / "Resources" / "Terminology").glob("*.term.json")
    context = json.loads(path.read_text(encoding="utf-8"))

    assert context["@schema"] == (
        "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/segment-context-schema.json#"
    )
    assert context["SegmentationCategoryTypeContextName"]
    for category in context["SegmentationCodes"]["Category"]:
        assert is_code(category)
        for kind in category["Type"]:
            assert is_code(kind)
            assert all(
                isinstance(part, int) and 0 <= part <= 255 for part in kind["recommendedDisplayRGBValue"]
            )
            assert len(kind["recommendedDisplayRGBValue"]) == 3


def is_code(entry: dict[str, object]) -> bool:
    """Whether an entry has a code as DICOM limits it: 16 and 64 characters."""
    code, scheme, meaning = (entry[key] for key in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
    return 0 < len(code) <= 16 and 0 < len(scheme) <= 16 and 0 < len(meaning) <= 64
