"""The cache of the core-volume network: what was prepared comes back, whole, and only where it fits."""

import json
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks.core_volume import CoreVolumeInputSettings
from CTPerfusionLib.training.core_volume.datasets import CachedCoreSource, cache_core_patients, ten_folds
from CTPerfusionLib.training.core_volume.datasets.core_cache import CORE_CACHE
from CTPerfusionLib.training.datasets import CachedSource, DatasetError, Split, check_split


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def test_a_cached_patient_is_the_one_that_was_prepared(a_core_source, folder):
    cached = cache_core_patients(a_core_source, folder)

    assert cached.patients == ("a", "b", "c")
    assert (cached.name, cached.settings, cached.recipe) == (
        a_core_source.name,
        a_core_source.settings,
        a_core_source.recipe,
    )
    for name in cached.patients:
        one, other = cached.load(name), a_core_source.load(name)
        np.testing.assert_array_equal(one.stack, other.stack)
        assert (one.patient, one.core_ml, one.groups) == (other.patient, other.core_ml, other.groups)
        assert isinstance(one.stack, np.memmap)


def test_nothing_in_a_cache_is_pickled(a_core_source, folder):
    cache_core_patients(a_core_source, folder)

    assert {path.name for path in folder.rglob("*") if path.is_file()} == {
        "dataset.json",
        "patient.json",
        "stack.npy",
    }
    np.load(folder / "a" / "stack.npy", allow_pickle=False)


def test_an_interrupted_run_goes_on_where_it_ended(a_core_source, folder):
    def interrupt(fraction):
        if fraction > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache_core_patients(a_core_source, folder, on_progress=interrupt)
    with pytest.raises(DatasetError, match="not filled to the end: 2 of 3"):
        CachedCoreSource(folder)

    a_core_source.loaded.clear()
    assert cache_core_patients(a_core_source, folder).patients == ("a", "b", "c")
    assert a_core_source.loaded == ["c"]


def test_only_patients_whose_files_have_changed_are_prepared_again(a_core_source, folder):
    cache_core_patients(a_core_source, folder)
    a_core_source.loaded.clear()
    a_core_source.changed["b"] = "mended"
    cache_core_patients(a_core_source, folder)

    assert a_core_source.loaded == ["b"]


def test_patients_that_cannot_be_used_are_left_out_with_the_reason(make_core_source, folder):
    cached = cache_core_patients(make_core_source({"a": 1.0, "b": None}), folder)

    assert cached.patients == ("a",)
    assert cached.skipped == {"b": "Patient b cannot be used: it has no bolus; leave it out."}


def test_other_settings_or_another_way_of_preparing_are_refused(a_core_source, folder):
    cache_core_patients(a_core_source, folder)

    other = replace(a_core_source, settings=CoreVolumeInputSettings(n_frames=4, interval=12.0, size=16))
    with pytest.raises(ConfigurationError, match=r"settings of the input \(size 8, now 16\)"):
        cache_core_patients(other, folder)
    with pytest.raises(ConfigurationError, match="way of preparing"):
        cache_core_patients(replace(a_core_source, recipe={"kind": "other"}), folder)


def test_caches_of_one_kind_of_network_are_none_of_the_other(a_core_source, folder):
    cache_core_patients(a_core_source, folder)

    with pytest.raises(DatasetError, match="is no cache of a data set"):
        CachedSource(folder)
    record = json.loads((folder / "dataset.json").read_text())
    for name, value in (("format", "ctperfusion maps data set 1"), ("target_names", ["CBF"])):
        (folder / "dataset.json").write_text(json.dumps({**record, name: value}))
        with pytest.raises(DatasetError, match=r"no cache|does not hold core volumes"):
            CachedCoreSource(folder)


@pytest.mark.parametrize("file", ["stack.npy", "patient.json"])
def test_a_damaged_patient_is_refused(a_core_source, folder, file):
    cached = cache_core_patients(a_core_source, folder)
    path = folder / "b" / file
    path.write_bytes(path.read_bytes()[:-40])

    with pytest.raises(DatasetError, match="Patient b of the cache is damaged"):
        cached.load("b")


@pytest.mark.parametrize("volume", [-3.0, "large", [1.0]])
def test_a_record_with_another_volume_than_one_in_ml_is_refused(a_core_source, folder, volume):
    cached = cache_core_patients(a_core_source, folder)
    path = folder / "b" / "patient.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "core_ml": volume}))

    with pytest.raises(DatasetError, match="Patient b of the cache is damaged"):
        cached.load("b")


def test_changed_images_are_found_by_their_digest(a_core_source, folder):
    cached = cache_core_patients(a_core_source, folder)
    cached.verify()
    path = folder / "c" / "stack.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(DatasetError, match="Patient c of the cache is damaged"):
        cached.verify()


def test_a_division_that_holds_the_same_images_twice_is_a_leak(a_core_source, folder):
    cached = cache_core_patients(a_core_source, folder)
    for split in ten_folds(cached.patients, 0, 3):
        check_split(split, cached)
    for file in ("stack.npy", "patient.json"):
        (folder / "c" / file).write_bytes((folder / "a" / file).read_bytes())

    with pytest.raises(DatasetError, match="have the same images"):
        check_split(Split(("a",), ("b",), ("c",)), cached)


def test_processes_can_be_given_how_patients_are_kept():
    assert ForkingPickler.loads(ForkingPickler.dumps(CORE_CACHE)) == CORE_CACHE
