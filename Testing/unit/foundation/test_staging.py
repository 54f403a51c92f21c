"""Results appear whole or not at all."""

from pathlib import Path

import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.staging import discard_active, publish, staging_folder


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_new_result_appears_when_it_is_published(tmp_path):
    target = tmp_path / "deep" / "result"
    with staging_folder(target) as staging:
        (staging / "maps").mkdir()
        (staging / "maps" / "CBF").write_text("flow")
        assert not target.exists()
        publish(staging, target)

    assert contents(tmp_path / "deep") == {"result/maps/CBF": "flow"}


def test_an_empty_folder_is_taken(tmp_path):
    target = tmp_path / "result"
    target.mkdir()
    with staging_folder(target) as staging:
        (staging / "summary").write_text("new")
        publish(staging, target)

    assert contents(tmp_path) == {"result/summary": "new"}


def test_publishing_replaces_entries_of_the_same_name_and_leaves_others(tmp_path):
    target = tmp_path / "result"
    (target / "maps").mkdir(parents=True)
    (target / "maps" / "stale").write_text("old")
    (target / "notes").write_text("mine")
    with staging_folder(target) as staging:
        (staging / "maps").mkdir()
        (staging / "maps" / "CBF").write_text("flow")
        publish(staging, target)

    assert contents(tmp_path) == {"result/maps/CBF": "flow", "result/notes": "mine"}


@pytest.mark.parametrize("interruption", [Cancelled, KeyboardInterrupt, RuntimeError])
def test_an_interrupted_result_leaves_nothing(tmp_path, interruption):
    def interrupted() -> None:
        with staging_folder(tmp_path / "result") as staging:
            (staging / "half").write_text("written")
            raise interruption

    with pytest.raises(interruption):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_stops_at_once_can_remove_what_is_in_use(tmp_path):
    with staging_folder(tmp_path / "result") as staging:
        (staging / "half").write_text("written")
        discard_active()
        assert list(tmp_path.iterdir()) == []


def test_a_place_where_nothing_can_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with (
        pytest.raises(ConfigurationError, match=r"cannot be written.*choose a folder"),
        staging_folder(tmp_path / "file" / "result"),
    ):
        pass
