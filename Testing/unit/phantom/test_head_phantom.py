import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom
from CTPerfusionLib.series import TimeSource

HEALTHY = {
    "seed": 3,
    "size": "tiny",
    "scanner": "ge-shuttle",
    "motion": "none",
    "noise": 4.0,
    "lesion": "none",
}

KAPPA_OVER_RHO = 0.55 / 0.75 / 1.05


def enhancement(phantom: Phantom) -> np.ndarray:
    voxels = phantom.series.voxels.astype(np.float32)
    arrival = phantom.truth.parameters["arterial_input"]["arrival"]
    return voxels - voxels[phantom.truth.times < arrival].mean(axis=0)


def reference_flow(phantom: Phantom) -> float:
    maps = phantom.truth.maps
    return float(np.median(maps["CBF"][maps["TTP"] <= 4.0]))


def in_right_hemisphere(phantom: Phantom) -> np.ndarray:
    columns = np.arange(phantom.series.shape[2])
    x = phantom.series.ijk_to_ras[0, 0] * columns + phantom.series.ijk_to_ras[0, 3]
    return np.broadcast_to(x > 0, phantom.series.shape)


def test_series_has_the_scheme_of_the_scanner(a_stroke_patient: Phantom) -> None:
    series = a_stroke_patient.series
    scheme = SCANNER_SCHEMES["ge-cine"]
    assert series.voxels.shape == (89, 8, 128, 128)
    assert series.voxels.dtype == np.int16
    assert series.spacing == pytest.approx((250 / 128, 250 / 128, 5.0))
    assert series.time_source is TimeSource.SIMULATED
    assert series.metadata.kvp == scheme.kvp
    np.testing.assert_allclose(series.times, scheme.times())


def test_axes_follow_axial_dicom_with_the_head_in_the_middle(a_stroke_patient: Phantom) -> None:
    series = a_stroke_patient.series
    assert np.array_equal(np.sign(np.diag(series.ijk_to_ras)[:3]), [-1, -1, 1])
    inside = np.argwhere(a_stroke_patient.truth.labels > 0)[:, ::-1]
    centre = (np.c_[inside, np.ones(len(inside))] @ series.ijk_to_ras.T)[:, :3].mean(axis=0)
    assert np.all(np.abs(centre) < 20.0)


def test_core_is_lesion_with_flow_below_thirty_percent_of_normal(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    core_flow = truth.maps["CBF"][truth.core]
    assert core_flow.max() < 0.30 * reference_flow(a_stroke_patient)
    low = truth.maps["CBF"] < 0.30 * reference_flow(a_stroke_patient)
    assert not np.any(low & truth.hypoperfusion & ~truth.core)


def test_hypoperfusion_is_late_and_contains_the_core(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    assert truth.maps["TTP"][truth.hypoperfusion].min() > 6.0
    assert not np.any(truth.core & ~truth.hypoperfusion)
    side = in_right_hemisphere(a_stroke_patient)
    expected = side if truth.side == "right" else ~side
    assert (truth.hypoperfusion & expected).sum() > 0.98 * truth.hypoperfusion.sum()


def test_late_tissue_lies_in_the_lesion_only(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    assert np.array_equal(truth.maps["TTP"] > 6.0, truth.hypoperfusion)


def test_ttp_is_delay_plus_half_mtt_and_volume_is_flow_times_transit(a_stroke_patient: Phantom) -> None:
    maps = a_stroke_patient.truth.maps
    np.testing.assert_allclose(maps["TTP"], maps["Delay"] + maps["MTT"] / 2, rtol=1e-5)
    np.testing.assert_allclose(maps["CBV"], maps["CBF"] * maps["MTT"] / 60, rtol=1e-5)
    assert np.array_equal(np.isfinite(maps["CBF"]), np.isin(a_stroke_patient.truth.labels, (4, 5)))


def test_flow_is_that_of_grey_and_white_matter_in_health_and_penumbra(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    cbf, ttp = truth.maps["CBF"], truth.maps["TTP"]
    penumbra = truth.hypoperfusion & ~truth.core & (ttp > 8.0)
    medians = {
        (label, state): float(np.median(cbf[mask & (truth.labels == label)]))
        for label in (4, 5)
        for state, mask in (("normal", ttp < 4.0), ("penumbra", penumbra))
    }
    assert 40 < medians[4, "normal"] < 56
    assert 24 < medians[5, "normal"] < 34
    assert 16 < medians[4, "penumbra"] < 24
    assert 13 < medians[5, "penumbra"] < 20


def test_lesions_have_clinical_volumes(
    a_stroke_patient: Phantom, a_patient_with_a_blocked_branch: Phantom
) -> None:
    limits = ((a_stroke_patient, (12, 70), (80, 190)), (a_patient_with_a_blocked_branch, (4, 25), (30, 90)))
    for phantom, core, hypoperfusion in limits:
        volume = phantom.series.voxel_volume_ml
        assert core[0] < phantom.truth.core.sum() * volume < core[1]
        assert hypoperfusion[0] < phantom.truth.hypoperfusion.sum() * volume < hypoperfusion[1]


def test_healthy_head_has_no_lesion(a_healthy_head: Phantom) -> None:
    truth = a_healthy_head.truth
    assert truth.side == "none"
    assert not truth.core.any()
    assert not truth.hypoperfusion.any()


def test_side_is_the_one_asked_for(a_patient_with_a_blocked_branch: Phantom) -> None:
    truth = a_patient_with_a_blocked_branch.truth
    assert truth.side == "left"
    assert not np.any(truth.core & in_right_hemisphere(a_patient_with_a_blocked_branch))


def test_area_under_tissue_curves_over_that_of_the_aif_is_blood_volume(a_stroke_patient: Phantom) -> None:
    # Of tissue whose first and second pass have come and gone within the scan, averaged over rounding to HU.
    truth = a_stroke_patient.truth
    maps = truth.maps
    far_from_vessels = ~ndimage.binary_dilation(np.isin(truth.labels, (0, 1, 2, 6, 7)), iterations=3)
    mask = (maps["TTP"] < 3.0) & far_from_vessels
    tissue_area = np.trapezoid(enhancement(a_stroke_patient)[:, mask].mean(axis=1), truth.times)
    aif_area = np.trapezoid(truth.aif, truth.times)
    volume = 100 * KAPPA_OVER_RHO * tissue_area / aif_area
    assert volume == pytest.approx(float(maps["CBV"][mask].mean()), rel=0.06)


def test_tissue_curves_are_centred_at_ttp_after_the_aif_for_a_box(a_stroke_patient: Phantom) -> None:
    phantom = a_stroke_patient
    assert phantom.truth.parameters["residue"] == "box"
    truth = phantom.truth
    window = truth.times < truth.times[np.argmax(truth.aif)] + 14.0
    mask = (truth.maps["TTP"] < 2.8) & ~ndimage.binary_dilation(truth.labels > 5, iterations=3)
    curve = enhancement(phantom)[:, mask].mean(axis=1)[window]
    times = truth.times[window]
    moment = (times * curve).sum() / curve.sum() - (times * truth.aif[window]).sum() / truth.aif[window].sum()
    assert moment == pytest.approx(float(truth.maps["TTP"][mask].mean()), abs=0.3)


def test_arteries_and_sinus_reach_the_true_curves(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    curves = enhancement(a_stroke_patient)[:, truth.labels > 0].T
    for true in (truth.aif, truth.vof):
        correlation = [
            np.corrcoef(curve, true)[0, 1] for curve in curves[curves.max(axis=1) > 0.5 * true.max()]
        ]
        assert max(correlation) > 0.99


def test_vein_has_the_area_of_the_artery(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    before = truth.times < truth.times[np.argmax(truth.vof)] + 12.0
    earlier = truth.times < truth.times[np.argmax(truth.aif)] + 10.0
    assert truth.vof[before].sum() == pytest.approx(truth.aif[earlier].sum(), rel=0.1)


def test_hounsfield_units_are_those_of_the_tissues(a_stroke_patient: Phantom) -> None:
    truth = a_stroke_patient.truth
    baseline = a_stroke_patient.series.voxels[0]
    means = {name: np.median(baseline[truth.labels == label]) for label, name in truth.label_names.items()}
    assert means["background"] == pytest.approx(-1000, abs=1)
    assert 600 < means["skull"] < 1600
    assert 33 < means["grey matter"] < 40
    assert 26 < means["white matter"] < 33
    assert means["grey matter"] - means["white matter"] > 4
    inner_fluid = (truth.labels == 3) & ~ndimage.binary_dilation(np.isin(truth.labels, (1, 2)), iterations=4)
    assert 5 < np.median(baseline[inner_fluid]) < 25


def test_same_seed_gives_the_same_scan_and_another_seed_another(
    a_healthy_head: Phantom, a_patient_with_a_blocked_branch: Phantom
) -> None:
    again = head_phantom(**HEALTHY)
    assert np.array_equal(a_healthy_head.series.voxels, again.series.voxels)
    assert np.array_equal(a_healthy_head.truth.labels, again.truth.labels)
    other = a_patient_with_a_blocked_branch
    assert np.mean(again.truth.labels != other.truth.labels) > 0.02
    assert again.truth.parameters["arterial_input"] != other.truth.parameters["arterial_input"]


def test_cancelling_stops_the_simulation() -> None:
    def cancel_in_the_first_frames(fraction: float) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        head_phantom(size="tiny", scanner="ge-shuttle", on_progress=cancel_in_the_first_frames)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scanner": "abacus"}, "scanner"),
        ({"lesion": "m9"}, "lesion"),
        ({"side": "up"}, "side"),
        ({"microangiopathy": 4}, "microangiopathy"),
        ({"motion": "wild"}, "motion"),
        ({"size": "huge"}, "size"),
        ({"noise": -1.0}, "noise"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_outside_their_range_are_refused_with_a_sentence(options: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        head_phantom(**options)
