"""A study by a network: its maps, with or without an artery, its findings, and where they say it is from."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.errors import ArgumentError, ConfigurationError, ProcessingError
from CTPerfusionLib.kinetics import FitStatus, curve_explainer
from CTPerfusionLib.networks import AcceptedSeries, load_model
from CTPerfusionLib.networks.predict import predict_maps
from CTPerfusionLib.networks.predict_method import flow_readings
from CTPerfusionLib.pipeline import (
    PipelineConfig,
    StageClock,
    analyse_maps,
    compute_study_maps,
    probe_voxel,
    refuse_unsuited,
    with_vessels,
)
from CTPerfusionLib.pipeline.network_maps import network_findings
from CTPerfusionLib.pipeline.report_content import report_content

NORMAL = {"CBV": 2.0, "CBF": 24.0, "TTP": 3.0, "MTT": 4.0}


@pytest.fixture(scope="module")
def model_path(save_constant_model, tmp_path_factory):
    return save_constant_model(tmp_path_factory.mktemp("models"), **NORMAL)


@pytest.fixture(scope="module")
def by_network(model_path):
    return PipelineConfig(method="unet", model=str(model_path), device="cpu", normalisation="global")


@pytest.fixture(scope="module")
def a_network_study(a_prepared_head, by_network):
    return compute_study_maps(a_prepared_head, by_network, StageClock())


@pytest.fixture(scope="module")
def without_artery(a_prepared_head, by_network):
    """The head as if its arteries lay outside the slab: only veins are left to choose from."""
    candidates = a_prepared_head.kept.candidates
    late = candidates.features.time_to_peak > candidates.tissue_peak_time + 2.0
    assert late.any()
    kept = replace(a_prepared_head.kept, candidates=candidates.select(late))
    return with_vessels(replace(a_prepared_head, unfiltered=kept), by_network, StageClock())


def test_the_maps_are_those_of_the_model_in_the_analysed_tissue(a_network_study, a_prepared_head):
    tissue = a_prepared_head.masks.tissue
    alive = a_network_study.maps.status == FitStatus.OK

    assert a_network_study.maps.method == "unet"
    assert (alive & tissue).sum() > 0.999 * tissue.sum()
    for name, value in NORMAL.items():
        np.testing.assert_allclose(a_network_study.maps.maps[name][alive], value, rtol=1e-4)
        assert np.isnan(a_network_study.maps.maps[name][~tissue]).all()


def test_the_study_knows_its_model_and_reads_thresholds_as_they_stand(a_network_study):
    assert a_network_study.model.name == "constant"
    assert a_network_study.flow_reading == 1.0
    assert a_network_study.residue is not None


def test_thresholds_allow_for_what_the_card_says_that_the_network_reads(
    a_prepared_head, by_network, save_constant_model, tmp_path
):
    readings = {"exponential": 1.3, "gamma": 1.2, "box": 1.1}
    model = save_constant_model(tmp_path, **NORMAL, card={"metrics": {"flow_readings": readings}})
    study = compute_study_maps(a_prepared_head, replace(by_network, model=str(model)), StageClock())

    assert study.flow_reading == readings[study.residue]
    for wrong in ({"sphere": 1.0}, {"box": 0.0}, {"box": "high"}, [1.0]):
        with pytest.raises(ConfigurationError, match="flow readings that are none"):
            flow_readings(replace(study.model, metrics={"flow_readings": wrong}))


def test_a_finding_says_that_the_network_never_saw_a_patient_and_what_it_cannot_do(a_network_study):
    (finding,) = [each for each in a_network_study.findings if each.code == "network_maps"]

    assert str(finding.severity) == "warning"
    assert "has never seen a patient" in finding.message
    assert finding.message.endswith("It shows the same everywhere.")


def test_of_a_network_that_saw_patients_the_finding_is_an_information(a_network_study):
    card = replace(a_network_study.model, trained_on_phantoms=False)

    (finding,) = network_findings(card, DEVICES["cpu"], "cpu")

    assert str(finding.severity) == "info"
    assert "never seen" not in finding.message


def test_a_kinetic_study_has_no_model_and_no_such_finding(a_prepared_head, a_config):
    study = compute_study_maps(a_prepared_head, replace(a_config, method="ssvd"), StageClock())

    assert study.model is None
    assert "network_maps" not in {finding.code for finding in study.findings}


def test_the_maps_need_no_artery(without_artery, by_network, a_network_study):
    study = compute_study_maps(without_artery, by_network, StageClock())

    assert without_artery.vessels.aif is None
    for name, image in a_network_study.maps.maps.items():
        np.testing.assert_array_equal(study.maps.maps[name], image)
    assert study.residue is None
    assert "no_artery" in {finding.code for finding in study.findings}
    assert "no_artery" not in {finding.code for finding in a_network_study.findings}


def test_without_an_artery_a_kinetic_method_says_why_it_cannot_work(without_artery, a_config):
    with pytest.raises(ProcessingError, match=r"No artery was found: .*--aif"):
        compute_study_maps(without_artery, a_config, StageClock())


def test_the_probe_shows_the_measured_curve_and_no_invented_fit(a_network_study):
    z, y, x = np.argwhere(a_network_study.maps.status == FitStatus.OK)[0]
    probe = probe_voxel(a_network_study, (int(x), int(y), int(z)))

    assert set(probe.values) == {"CBF", "CBV", "MTT", "TTP", "Tmax"}
    assert len(probe.measured) == a_network_study.prepared.enhancement.n_frames
    assert len(probe.fitted) == len(probe.residue) == 0
    assert probe.message == "The network that gave these values fits no curve."


def test_no_curve_can_be_explained_by_a_network(a_network_study, a_prepared_head):
    times = a_prepared_head.enhancement.slice_times(0)

    with pytest.raises(ArgumentError, match="come from no fit of curves"):
        curve_explainer(a_network_study.maps, times, a_prepared_head.vessels.aif)


def test_the_report_names_the_model_and_that_no_artery_was_used(without_artery, by_network, model_path):
    study = compute_study_maps(without_artery, by_network, StageClock())
    analysis = analyse_maps(study, by_network, StageClock())
    parameters = report_content(analysis, by_network).parameters

    assert parameters["Model"].startswith("constant: A constant (SHA-256 ")
    assert load_model(model_path).card.sha256 in parameters["Model"]
    assert parameters["Arterial input"] == "not found, and not used by this method"
    assert parameters["Residue function"] == "not known without an artery"


def test_masks_are_found_where_none_are_given(a_head, model_path, a_prepared_head):
    found = np.isfinite(predict_maps(a_head.series, model_path, "cpu").maps["CBF"])
    expected = a_prepared_head.masks.tissue  # of the head without its motion

    assert (found & expected).sum() > 0.8 * max(found.sum(), expected.sum())


def test_a_scan_that_does_not_suit_the_model_is_refused_before_the_work(
    a_head, by_network, save_constant_model, tmp_path
):
    refuse_unsuited(by_network, a_head.series)
    thin = {"accepted": AcceptedSeries(slice_thickness=(0.5, 1.0))}
    other = save_constant_model(tmp_path, **NORMAL, card=thin)

    with pytest.raises(ProcessingError, match="slices 5 mm apart"):
        refuse_unsuited(replace(by_network, model=str(other)), a_head.series)


def test_a_model_of_one_map_is_refused_before_the_work(a_head, by_network, save_constant_model, tmp_path):
    single = save_constant_model(tmp_path, CBV=2.0)

    with pytest.raises(ConfigurationError, match="gives CBV only"):
        refuse_unsuited(replace(by_network, model=str(single)), a_head.series)
