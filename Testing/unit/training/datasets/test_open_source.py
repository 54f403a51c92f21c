"""A data set is opened as what it turns out to be."""

import shutil

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.phantom import write_phantom
from CTPerfusionLib.training.datasets import (
    CachedSource,
    DatasetError,
    FolderSource,
    PhantomSource,
    UniToBrainSource,
    cache_source,
    open_source,
)


def test_the_kind_of_a_folder_is_found(unitobrain, a_small_head, a_memory_source, settings, tmp_path):
    write_phantom(a_small_head, tmp_path / "folders" / "case", format="nifti")
    cache_source(a_memory_source, tmp_path / "cache")

    assert isinstance(open_source(unitobrain, settings, ["CBF"]), UniToBrainSource)
    assert isinstance(open_source(tmp_path / "folders", settings, ["CBF"]), FolderSource)
    assert isinstance(open_source(str(tmp_path / "cache"), a_memory_source.settings, ["CBF"]), CachedSource)


def test_the_stage_of_unitobrain_and_the_interval_are_passed_on(unitobrain, settings):
    source = open_source(unitobrain, settings, ["CBF"], stage="registered", frame_interval=2.0)

    assert source.recipe == {"kind": "unitobrain", "stage": "registered", "frame_interval": 2.0}


def test_phantoms_are_named_with_their_seeds(settings):
    source = open_source("phantoms:301-303", settings, ["CBF"], size="clinical", scanner="toshiba")

    assert isinstance(source, PhantomSource)
    assert source.patients == ("head-0301", "head-0302", "head-0303")
    assert source.recipe["sizes"] == ["clinical"]
    assert source.recipe["scanners"] == ["toshiba"]
    assert len(open_source("phantoms", settings, ["CBF"]).patients) == 100


def test_a_cache_for_another_input_or_without_a_map_is_refused(a_memory_source, tmp_path):
    cache_source(a_memory_source, tmp_path / "cache")

    with pytest.raises(ConfigurationError, match="another input"):
        open_source(tmp_path / "cache", InputSettings(), ["CBF"])
    with pytest.raises(ConfigurationError, match="has no MTT"):
        open_source(tmp_path / "cache", a_memory_source.settings, ["MTT"])


def test_what_is_no_data_set_is_refused(settings, tmp_path):
    with pytest.raises(DatasetError, match="no data set"):
        open_source(tmp_path / "nothing", settings, ["CBF"])
    with pytest.raises(ConfigurationError, match="names no phantom"):
        open_source("phantoms:303-301", settings, ["CBF"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="No patient"):
        open_source(tmp_path / "empty", settings, ["CBF"])


def test_a_patient_in_a_cache_is_found_beside_other_folders(a_memory_source, tmp_path):
    cache_source(a_memory_source, tmp_path / "cache")
    shutil.copytree(tmp_path / "cache" / "a", tmp_path / "cache" / "stray")

    assert CachedSource(tmp_path / "cache").patients == ("a", "b", "c", "d")
