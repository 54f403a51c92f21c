"""Data files are found by name, and a missing one is reported with what to do."""

import json

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.resources import resource_path


@pytest.mark.parametrize("folder", ["Protocols", "Report", "Terminology"])
def test_every_kind_of_data_file_is_found(folder):
    assert any(resource_path(folder).iterdir())


def test_protocols_are_json():
    for path in resource_path("Protocols").glob("*.json"):
        assert isinstance(json.loads(path.read_text(encoding="utf-8")), dict)


def test_a_missing_file_is_reported_by_its_name():
    with pytest.raises(
        ConfigurationError, match=r"Protocols/unheard-of\.json is missing.*reinstall ctperfusion"
    ):
        resource_path("Protocols", "unheard-of.json")
