"""A core-volume network in a run: asked where it can be, no cause to fail, held against the measured core."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError, ProcessingError
from CTPerfusionLib.networks import AcceptedSeries
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeInput,
    SliceOrigin,
    choose_slices,
    predict_core_volume,
)
from CTPerfusionLib.pipeline import (
    PipelineConfig,
    StageClock,
    analyse_maps,
    compute_study_maps,
    judge_core_volume,
    prepare_series,
    refuse_core_volume_choices,
    report_content,
    with_core_volume,
)
from CTPerfusionLib.pipeline.manifest import build_manifest
from CTPerfusionLib.pipeline.summary import summarise
from CTPerfusionLib.series import Severity


@pytest.fixture(scope="module")
def ensemble(save_core_volume_ensemble, tmp_path_factory):
    return save_core_volume_ensemble(tmp_path_factory.mktemp("models of a person"))


@pytest.fixture(scope="module")
def asking(a_config, ensemble):
    return replace(a_config, core_volume_model=str(ensemble))


@pytest.fixture(scope="module")
def a_study(a_prepared_head, a_config):
    return compute_study_maps(replace(a_prepared_head, core_volume=None), a_config, StageClock())


@pytest.fixture(scope="module")
def judge(a_study):
    """Ask the network of a configuration, of the head that was prepared once."""

    def ask(config):
        study = replace(a_study, prepared=with_core_volume(a_study.prepared, config))
        return judge_core_volume(study, config, StageClock())

    return ask


@pytest.fixture
def without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)


def codes(study):
    return {finding.code for finding in study.findings}


def test_the_answer_is_that_of_the_network_for_the_registered_frames(
    judge, asking, a_prepared_head, ensemble
):
    expected = predict_core_volume(a_prepared_head.kept.frames, ensemble, "cpu", masks=a_prepared_head.masks)

    judgement = judge(asking).core_volume

    assert judgement.result == expected
    assert 0.0 < expected.probability_large < 1.0
    assert judgement.images.shape == (2, 16, 16)
    assert judgement.images.max() > 20.0


def test_the_network_sees_the_frames_before_the_filter(a_head, asking, judge):
    prepared = prepare_series(a_head.series, asking, StageClock())  # which gives the frames to the filter

    study = judge(asking)

    assert isinstance(prepared.core_volume.given, CoreVolumeInput)
    np.testing.assert_array_equal(prepared.core_volume.given.stack, study.prepared.core_volume.given.stack)


def test_slices_of_the_user_take_the_place_of_those_found(judge, asking, a_prepared_head):
    found = choose_slices(a_prepared_head.kept.frames, a_prepared_head.masks)
    pair = (found.lower + 1, found.upper + 1)

    slices = judge(replace(asking, core_volume_slices=pair)).core_volume.result.slices

    assert judge(asking).core_volume.result.slices == found
    assert ((slices.lower, slices.upper), slices.chosen) == (pair, SliceOrigin.USER)


@pytest.mark.parametrize("pair", [(0, 99), (4, 4), (6, 2)])
def test_slices_that_are_none_are_refused_with_a_remedy_before_the_work(
    asking, a_head, a_prepared_head, pair
):
    config = replace(asking, core_volume_slices=pair)

    for refuse in (
        lambda: refuse_core_volume_choices(config, a_head.series),
        lambda: with_core_volume(a_prepared_head, config),
    ):
        with pytest.raises(
            ConfigurationError, match=r"core-volume network cannot be used: upper is .*; name"
        ):
            refuse()


def test_slices_for_a_network_that_is_off_are_refused(a_config):
    with pytest.raises(ConfigurationError, match="switched off; name a network as well"):
        replace(a_config, core_volume_model="none", core_volume_slices=(1, 3))


def test_slices_where_no_network_is_installed_are_refused(a_config, a_head, monkeypatch, tmp_path):
    monkeypatch.setattr("CTPerfusionLib.networks.model_store.model_folders", lambda: (tmp_path,))

    with pytest.raises(ConfigurationError, match="none is installed; name a file"):
        refuse_core_volume_choices(replace(a_config, core_volume_slices=(1, 3)), a_head.series)


def test_a_network_that_is_off_or_not_installed_is_not_asked(a_study, judge, a_config, monkeypatch, tmp_path):
    off = judge(replace(a_config, core_volume_model="none"))
    monkeypatch.setattr("CTPerfusionLib.networks.model_store.model_folders", lambda: (tmp_path,))
    absent = judge(a_config)

    for study in (off, absent):
        assert study.core_volume is None
        assert study.findings == a_study.findings


def test_an_installed_network_is_asked_without_being_named(judge, a_config, ensemble, monkeypatch):
    monkeypatch.setenv("CTPERFUSION_MODELS", str(ensemble.parent))

    assert judge(a_config).core_volume.card.name == "tiny-core"


@pytest.mark.usefixtures("without_torch")
def test_without_torch_an_installed_network_is_left_aside_quietly(
    a_study, judge, a_config, a_head, ensemble, monkeypatch
):
    monkeypatch.setenv("CTPERFUSION_MODELS", str(ensemble.parent))
    refuse_core_volume_choices(a_config, a_head.series)

    study = judge(a_config)

    assert study.core_volume is None
    assert study.findings == a_study.findings


@pytest.mark.usefixtures("without_torch")
def test_without_torch_a_network_that_is_named_is_refused_with_a_remedy(asking, a_head):
    with pytest.raises(ConfigurationError, match=r"need torch, which is not installed; run pip install"):
        refuse_core_volume_choices(asking, a_head.series)


def test_a_file_that_is_no_network_is_refused_before_the_work(a_config, a_head, tmp_path):
    config = replace(a_config, core_volume_model=str(tmp_path / "other.safetensors"))

    with pytest.raises(ConfigurationError, match=r"There is no model other\.safetensors"):
        refuse_core_volume_choices(config, a_head.series)


def test_a_study_that_does_not_suit_the_network_goes_on_with_the_reason(
    judge, a_config, save_core_volume_ensemble, tmp_path
):
    path = save_core_volume_ensemble(tmp_path, accepted=AcceptedSeries(smallest_coverage=500.0))
    config = replace(a_config, core_volume_model=str(path))

    study = judge(config)
    analysis = analyse_maps(study, config, StageClock())

    (finding,) = [each for each in study.findings if each.code == "core_volume_not_judged"]
    assert finding.severity is Severity.INFO
    assert "says nothing of this study: this series covers " in finding.message
    assert finding.remedy.startswith("Use another method")
    assert summarise(analysis)["core_volume_classifier"] is None
    assert isinstance(study.prepared.core_volume.given, ProcessingError)


def test_damaged_weights_stop_a_run_only_where_the_network_was_named(
    judge, a_config, save_core_volume_ensemble, tmp_path, monkeypatch
):
    path = save_core_volume_ensemble(tmp_path)
    path.write_bytes(path.read_bytes()[:-4])
    monkeypatch.setenv("CTPERFUSION_MODELS", str(tmp_path))

    assert "core_volume_not_judged" in codes(judge(a_config))
    with pytest.raises(ConfigurationError):
        judge(replace(a_config, core_volume_model=str(path)))


def test_a_clear_disagreement_with_the_core_that_counts_is_a_warning(
    judge, a_study, a_config, save_core_volume_ensemble, tmp_path
):
    core = analyse_maps(a_study, a_config, StageClock()).lesion.volumes.core_ml
    for name, threshold in (("near", core + 15.0), ("far", core + 25.0)):
        save_core_volume_ensemble(tmp_path, name, (0.9, 0.94), threshold_ml=threshold)

    near, far = (
        analyse_maps(judge(config), config, StageClock())
        for config in (
            replace(a_config, core_volume_model=str(tmp_path / f"{name}.safetensors"))
            for name in ("near", "far")
        )
    )

    assert near.core_volume.result.verdict == far.core_volume.result.verdict == "large"
    assert "core_volume_disagreement" not in codes(near)
    (finding,) = [each for each in far.findings if each.code == "core_volume_disagreement"]
    assert finding.value == pytest.approx(25.0, abs=1e-3)


def test_summary_manifest_and_report_name_the_network_but_not_its_folder(judge, asking, ensemble):
    analysis = analyse_maps(judge(asking), asking, StageClock())
    result, card = analysis.core_volume.result, analysis.core_volume.card

    summary = summarise(analysis)["core_volume_classifier"]
    manifest = build_manifest(analysis, asking, {}, None, {})
    content = report_content(analysis, asking)

    assert summary["probability_large"] == round(result.probability_large, 4)
    assert (summary["verdict"], summary["model"]) == (str(result.verdict), "tiny-core")
    assert (summary["threshold_ml"], summary["volume_ml"]) == (32.4, None)
    assert summary["slices"] == {
        "lower": result.slices.lower, "upper": result.slices.upper, "chosen": "automatic",
    }  # fmt: skip
    assert manifest["core_volume_model"]["sha256"] == card.sha256
    assert ensemble.parent.name not in str(manifest)
    assert card.sha256 in content.parameters["Core-volume network"]
    assert content.core_volume_images is analysis.core_volume.images


def test_by_default_a_network_is_taken_where_there_is_one_and_slices_are_found():
    assert (PipelineConfig().core_volume_model, PipelineConfig().core_volume_slices) == (None, None)
