"""Results as JSON: whole or not at all."""

import json

import pytest

from CTPerfusionLib.cli.json_output import json_output
from CTPerfusionLib.errors import ConfigurationError


def test_a_record_replaces_the_file_of_before(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")

    with json_output(path) as write:
        write({"ratio": 1.5})

    assert json.loads(path.read_text()) == {"ratio": 1.5}
    assert list(tmp_path.iterdir()) == [path]


def test_work_that_fails_leaves_the_file_of_before(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("old")

    with pytest.raises(RuntimeError), json_output(path):
        raise RuntimeError

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_found_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError), json_output(tmp_path / "file" / "r.json"):
        pytest.fail("the work began")


def test_nothing_is_written_without_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with json_output(None) as write:
        write({"ratio": 1.5})

    assert list(tmp_path.iterdir()) == []
