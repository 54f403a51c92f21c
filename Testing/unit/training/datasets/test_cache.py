"""The cache: each patient whole or not at all, resumed where it ended, refused where it does not fit."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.training.datasets import CachedSource, DatasetError, UniToBrainSource, cache_source
from CTPerfusionLib.training.datasets.cached_patient import load_stored


def assert_same(one, other):
    for name in ("stack", "context", "targets", "brain", "tissue", "ijk_to_ras"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.patient == other.patient
    assert one.target_names == other.target_names
    assert one.groups == other.groups


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def test_a_cached_patient_is_the_one_that_was_prepared(a_memory_source, folder):
    cached = cache_source(a_memory_source, folder)

    assert cached.patients == a_memory_source.patients
    assert (cached.name, cached.settings, cached.target_names) == (
        a_memory_source.name,
        a_memory_source.settings,
        a_memory_source.target_names,
    )
    for patient in cached.patients:
        assert_same(cached.load(patient), a_memory_source.load(patient))


def test_a_cache_is_opened_again_by_its_folder(a_memory_source, folder):
    cache_source(a_memory_source, folder)
    opened = CachedSource(folder)

    assert opened.patients == ("a", "b", "c", "d")
    assert opened.settings == a_memory_source.settings
    assert_same(opened.load("c"), a_memory_source.load("c"))


def test_only_what_is_looked_at_is_read(a_memory_source, folder):
    patient = cache_source(a_memory_source, folder).load("a")

    assert isinstance(patient.stack, np.memmap)
    assert isinstance(patient.targets, np.memmap)


def test_filling_a_full_cache_prepares_nobody_again(a_memory_source, folder):
    cache_source(a_memory_source, folder)
    a_memory_source.loaded.clear()
    cache_source(a_memory_source, folder)

    assert a_memory_source.loaded == []


@pytest.mark.parametrize("signal", [KeyboardInterrupt, Cancelled])
def test_an_interrupted_run_goes_on_where_it_ended(a_memory_source, folder, signal):
    def interrupt(fraction):
        if fraction > 0.6:
            raise signal

    with pytest.raises(signal):
        cache_source(a_memory_source, folder, on_progress=interrupt)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "dataset.json"]
    with pytest.raises(DatasetError, match="not filled to the end: 2 of 4"):
        CachedSource(folder)

    a_memory_source.loaded.clear()
    cached = cache_source(a_memory_source, folder)
    assert a_memory_source.loaded == ["c", "d"]
    assert cached.patients == ("a", "b", "c", "d")


def test_what_a_killed_run_has_left_is_removed(a_memory_source, folder):
    cache_source(a_memory_source, folder)
    (folder / ".b.x1y2.partial").mkdir()
    (folder / ".b.x1y2.partial" / "stack.npy").write_bytes(b"half")
    (folder / ".dataset.json.partial").write_text("half")

    cache_source(a_memory_source, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b", "c", "d", "dataset.json"]


def test_a_larger_data_set_adds_its_patients(a_memory_source, make_memory_source, folder):
    cache_source(a_memory_source, folder)
    larger = make_memory_source(("c", "d", "e"))
    cached = cache_source(larger, folder)

    assert larger.loaded == ["e"]
    assert cached.patients == ("c", "d", "e")
    assert CachedSource(folder).patients == ("a", "b", "c", "d", "e")


def test_a_patient_whose_files_have_changed_is_prepared_again(a_memory_source, folder):
    cache_source(a_memory_source, folder)
    a_memory_source.loaded.clear()
    a_memory_source.changed["b"] = "mended"
    cache_source(a_memory_source, folder)

    assert a_memory_source.loaded == ["b"]


def test_patients_that_cannot_be_used_are_left_out_with_the_reason(make_memory_source, folder):
    source = make_memory_source(("a", "b", "c"), failing=["b"], skipped={"x": "there is no map of CBF"})
    cached = cache_source(source, folder)

    assert cached.patients == ("a", "c")
    assert cached.report == (
        "2 of 4 patients are left out (x: there is no map of CBF; b: Patient b cannot be used: it has no "
        "bolus; leave it out)."
    )
    assert CachedSource(folder).skipped == cached.skipped
    source.failing = []
    assert cache_source(source, folder).patients == ("a", "b", "c")


def test_a_data_set_of_which_nothing_can_be_used_is_refused(make_memory_source, folder):
    with pytest.raises(DatasetError, match=r"No patient of the data set can be used; .* no bolus"):
        cache_source(make_memory_source(("a",), failing=["a"]), folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"settings": InputSettings(n_frames=7, interval=2.0)}, "n_frames 6, now 7"),
        ({"target_names": ("CBV",)}, "has the targets CBV, CBF and not CBV"),
        ({"recipe": {"kind": "memory", "size": "tiny"}}, "size None, now tiny"),
        ({"name": "UniToBrain"}, "another data set"),
    ],
)
def test_a_cache_that_was_made_otherwise_is_refused(a_memory_source, folder, change, reason):
    cache_source(a_memory_source, folder)

    with pytest.raises(ConfigurationError, match=reason):
        cache_source(replace(a_memory_source, **change), folder)
    assert CachedSource(folder).target_names == ("CBV", "CBF")


def test_a_folder_with_other_files_is_not_filled(a_memory_source, folder):
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear colleague")

    with pytest.raises(ConfigurationError, match="holds other files"):
        cache_source(a_memory_source, folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("patient", ["../a", "a/b", "a\\b", ".a", "..", "c:a", ""])
def test_an_identifier_that_leads_out_of_the_folder_is_refused(
    make_memory_source, a_memory_source, folder, patient
):
    with pytest.raises(ConfigurationError, match="cannot be called"):
        cache_source(make_memory_source((patient,)), folder)

    cache_source(a_memory_source, folder)
    record = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps({**record, "patients": [patient]}))
    with pytest.raises(DatasetError, match="is no cache"):
        CachedSource(folder)


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def of_another_shape(path):
    np.save(path, np.zeros((2, 3), dtype=np.uint16))


def objects(path):
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)


@pytest.mark.parametrize("name", ["stack.npy", "context.npy", "targets.npy", "brain.npy", "tissue.npy"])
@pytest.mark.parametrize("damage", [cut, of_another_shape, objects, lambda path: path.unlink()])
def test_a_damaged_array_is_refused_and_prepared_again(a_memory_source, folder, name, damage):
    cached = cache_source(a_memory_source, folder)
    damage(folder / "b" / name)

    with pytest.raises(DatasetError, match=f"Patient b of the cache is damaged .{name}"):
        cached.load("b")
    assert_same(cache_source(a_memory_source, folder).load("b"), a_memory_source.load("b"))


@pytest.mark.parametrize("text", ["", "{}", '{"files": {"stack": 1}, "fingerprint": ""}'])
def test_a_damaged_record_is_refused(a_memory_source, folder, text):
    cached = cache_source(a_memory_source, folder)
    (folder / "b" / "patient.json").write_text(text)

    with pytest.raises(DatasetError, match=r"Patient b of the cache is damaged \(patient.json\)"):
        cached.load("b")


def test_a_changed_byte_is_found(a_memory_source, folder):
    cached = cache_source(a_memory_source, folder)
    cached.verify()
    content = bytearray((folder / "c" / "stack.npy").read_bytes())
    content[-1] ^= 1
    (folder / "c" / "stack.npy").write_bytes(content)

    with pytest.raises(DatasetError, match="Patient c of the cache is damaged"):
        cached.verify()


def test_a_folder_that_is_no_cache_is_refused(tmp_path, a_memory_source, folder):
    with pytest.raises(DatasetError, match="is no cache"):
        CachedSource(tmp_path)
    cache_source(a_memory_source, folder)
    (folder / "dataset.json").write_text("{")
    with pytest.raises(DatasetError, match="is no cache"):
        CachedSource(folder)


def test_an_unknown_patient_is_refused(a_memory_source, folder):
    cached = cache_source(a_memory_source, folder)
    with pytest.raises(DatasetError, match="no patient x"):
        cached.load("x")
    with pytest.raises(DatasetError, match="no patient x"):
        CachedSource(folder, patients=["a", "x"])


def test_progress_ascends_to_the_end(a_memory_source, folder):
    fractions = []
    cache_source(a_memory_source, folder, on_progress=fractions.append)

    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0


def test_stopped_workers_leave_whole_patients_only_as_one_process_makes_them(unitobrain, settings, folder):
    source = UniToBrainSource(unitobrain, settings, ["CBF", "TTP"])

    def interrupt(fraction):
        if fraction > 0.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache_source(source, folder, workers=2, on_progress=interrupt)

    names = {path.name for path in folder.iterdir()}
    by_workers = names & set(source.patients)
    assert by_workers
    assert names == {"dataset.json", *by_workers}
    for patient in by_workers:
        alone, stored = source.load(patient), load_stored(folder / patient)
        # Sums on one core and on several differ by rounding.
        np.testing.assert_allclose(alone.stack.astype(int), stored.stack.astype(int), atol=1)
        np.testing.assert_array_equal(alone.targets, stored.targets)
        np.testing.assert_array_equal(alone.brain, stored.brain)
    assert cache_source(source, folder).patients == source.patients


def test_no_worker_is_refused(a_memory_source, folder):
    with pytest.raises(ConfigurationError, match="0 worker processes"):
        cache_source(a_memory_source, folder, workers=0)


def test_a_patient_folder_that_vanished_is_refused(a_memory_source, folder):
    cached = cache_source(a_memory_source, folder)
    shutil.rmtree(folder / "a")
    with pytest.raises(DatasetError, match="Patient a of the cache is damaged"):
        cached.load("a")
