"""What the reader of a lesion is told, on heads in which the truth is known."""

import numpy as np
import pytest

from CTPerfusionLib.lesion import (
    Side,
    SymmetryPlane,
    find_old_infarcts,
    load_protocol,
    prepare_lesion,
    segment,
)

PROTOCOL = load_protocol()


class Study:
    """A head with maps that can be altered in balls; with a stroke on the left by default."""

    def __init__(self, head, *, stroke=True) -> None:
        self.head = head
        self.baseline = head.baseline.astype(float)
        self.tissue = head.tissue.copy()
        self.maps = {
            "CBF": np.where(head.white_matter, 30.0, 50.0),
            "CBV": np.full(head.shape, 3.0),
            "Tmax": np.full(head.shape, 3.0),
        }
        if stroke:
            self.change(head.ball(-42, -10, 0, 26), CBF=18.0, Tmax=8.0)
            self.change(head.ball(-42, -10, 0, 14), CBF=4.0, Tmax=11.0)

    def change(self, where, *, hu=None, **values):
        """Set maps, and HU of the baseline, in a mask."""
        for name, value in values.items():
            self.maps[name][where] = value
        if hu is not None:
            self.baseline[where] = hu
        return self

    def analyse(self, *, side=None, **options):
        head = self.head
        maps = {name: np.where(self.tissue, values, np.nan) for name, values in self.maps.items()}
        plane = SymmetryPlane(head.normal, head.offset)
        prepared = prepare_lesion(
            maps, self.tissue, self.baseline, head.ijk_to_ras,
            **{"reference_tmax_at_most": 4.0, "plane": plane} | options,
        )  # fmt: skip
        return segment(prepared, PROTOCOL, side=side)


@pytest.fixture(scope="module")
def head(make_head):
    return make_head(pixel=3.0, matrix=74)


def findings_of(analysis):
    return {finding.code: finding for finding in analysis.findings}


def test_an_ordinary_stroke_has_no_finding(head):
    assert not findings_of(Study(head).analyse())


OLD = {"CBF": 1.0, "CBV": 0.1, "Tmax": 3.5, "hu": 14.0}
"""Scar and fluid: darker than any tissue, brighter than CSF, hardly any flow."""


def test_an_old_infarct_opposite_to_the_stroke_is_told_from_where_it_lies(head):
    old = head.ball(40, -20, 0, 18)

    finding = findings_of(Study(head).change(old, **OLD).analyse(local=False))["old_infarct"]

    assert finding.value == pytest.approx(old.sum() * 0.045, rel=0.25)
    assert "On the right" in finding.message
    assert "may be too small opposite to it" in finding.message
    assert finding.value > finding.limit


def test_an_old_infarct_on_the_affected_side_may_pass_for_core(head):
    old = head.ball(-35, 45, 0, 16)

    finding = findings_of(Study(head).change(old, **OLD).analyse(local=False))["old_infarct"]

    assert "On the left" in finding.message
    assert "it may pass for core" in finding.message


def test_an_old_infarct_that_is_fluid_and_no_tissue_any_more_is_found_as_well(head):
    study = Study(head)
    cyst = head.ball(40, -20, 0, 18)
    study.tissue &= ~cyst
    study.baseline[cyst] = 8.0

    assert findings_of(study.analyse(local=False))["old_infarct"].value == pytest.approx(
        cyst.sum() * 0.045, rel=0.25
    )


def test_what_is_no_old_infarct_is_not_taken_for_one(head):
    swollen = Study(head).change(head.ball(-42, -10, 0, 14), hu=26.0)
    both = head.ball(-28, 5, 0, 20) | head.ball(28, 5, 0, 20)
    microangiopathy = Study(head).change(both & head.white_matter, hu=23.0, CBF=13.0)
    small = Study(head).change(head.ball(40, -20, 0, 8), **OLD)
    ventricles = Study(head)
    wide = np.abs(np.abs(head.head_mm[0]) - 14.0) < 10.0
    wide &= (np.abs(head.head_mm[1] - 8.0) < 25.0) & (np.abs(head.head_mm[2]) < 15.0)
    ventricles.baseline[wide], ventricles.tissue[wide] = 8.0, False

    for study in (swollen, microangiopathy, small, ventricles):
        assert "old_infarct" not in findings_of(study.analyse(local=False))


def test_old_infarcts_need_a_baseline_image(head):
    found = find_old_infarcts(
        None, np.ones(head.shape), head.tissue, head.ijk_to_ras, SymmetryPlane(head.normal, head.offset)
    )

    assert dict(found.volumes_ml) == {Side.LEFT: 0.0, Side.RIGHT: 0.0}


def test_delay_on_the_other_side_too_is_bilateral_disease(head):
    late = head.ball(36, -30, 0, 18)

    analysis = Study(head).change(late, CBF=25.0, Tmax=7.5).analyse()

    finding = findings_of(analysis)["bilateral_disease"]
    assert analysis.affected.side == "left"
    assert finding.value == pytest.approx(late.sum() * 0.045, rel=0.1)
    assert "show one side only" in finding.remedy


def test_symmetrical_delay_is_bilateral_disease_without_a_side(head):
    late = head.ball(45, -30, 0, 20) | head.ball(-45, -30, 0, 20)

    analysis = Study(head, stroke=False).change(late, CBF=25.0, Tmax=7.5).analyse()

    assert analysis.affected.side == "none"
    assert {"bilateral_disease", "no_affected_hemisphere"} <= set(findings_of(analysis))


def test_low_flow_that_is_not_late_is_named(head):
    low = head.ball(-35, 40, 0, 24)

    analysis = Study(head).change(low, CBF=6.0).analyse(side=Side.LEFT)

    finding = findings_of(analysis)["core_outside_hypoperfusion"]
    assert finding.value == pytest.approx(low.sum() / (low.sum() + head.ball(-42, -10, 0, 14).sum()), rel=0.1)


def test_a_core_larger_than_the_hypoperfusion_is_named(head):
    low, late = head.ball(-40, -10, 0, 24), head.ball(-40, -10, 0, 14)

    analysis = Study(head, stroke=False).change(low, CBF=6.0).change(late, Tmax=8.0).analyse(side=Side.LEFT)

    finding = findings_of(analysis)["core_exceeds_hypoperfusion"]
    assert finding.value == pytest.approx(low.sum() * 0.045, rel=0.1)
    assert finding.limit == pytest.approx(late.sum() * 0.045, rel=0.1)
    assert analysis.volumes.hypoperfusion_ml >= analysis.volumes.core_ml


def test_low_flow_on_both_sides_puts_the_cores_far_apart(head):
    dark = head.ball(-30, 25, 0, 24) | head.ball(30, 25, 0, 24)

    analysis = Study(head).change(dark, CBF=11.0).analyse()

    finding = findings_of(analysis)["cores_far_apart"]
    assert finding.value == pytest.approx(analysis.volumes.core_difference_ml)
    assert "local normalisation" in finding.message
    assert "microangiopathy" in finding.message


def test_a_core_at_the_end_of_a_tilted_slab_has_no_counterpart(make_head):
    tilted = make_head(roll=14.0, n_slices=3, pixel=3.0, matrix=74)
    study = Study(tilted, stroke=False)
    study.change(tilted.ball(-55, -10, 0, 26), CBF=18.0, Tmax=8.0)
    study.change(tilted.ball(-55, -10, 0, 16), CBF=2.0, Tmax=11.0)

    findings = findings_of(study.analyse())

    assert findings["core_without_counterpart"].value > 0.25


def test_a_head_unlike_its_mirror_image_has_an_uncertain_midline(head):
    study = Study(head)
    noise = np.random.default_rng(3).uniform(0.0, 80.0, head.shape)
    study.baseline = np.where(study.tissue, noise, 0.0)

    findings = findings_of(study.analyse(plane=None, local=False))

    assert findings["uncertain_midline"].value < 0.5


def test_a_plane_that_a_person_set_is_not_doubted(head):
    study = Study(head)
    study.baseline[:] = np.random.default_rng(3).uniform(0.0, 80.0, head.shape)

    assert "uncertain_midline" not in findings_of(study.analyse(local=False))


def test_tissue_on_one_side_only_is_named_and_no_side_is_guessed(head):
    study = Study(head)
    study.tissue &= head.head_mm[0] < 0

    analysis = study.analyse(local=False)

    assert "tissue_on_one_side" in findings_of(analysis)
    assert analysis.affected.side == "none"


def test_a_reference_of_the_wrong_side_is_named(head):
    study = Study(head)

    by_left = study.analyse(reference="contralateral-median", local=False)
    by_right = study.analyse(reference="contralateral-median", local=False, side=Side.RIGHT)

    assert "other_side_referred" not in findings_of(by_left)
    assert "other_side_referred" in findings_of(by_right)


def test_a_map_without_blood_volume_costs_only_its_numbers(head):
    study = Study(head).change(head.tissue, CBV=0.0)

    analysis = study.analyse()

    assert "no_blood_volume" in findings_of(analysis)
    assert analysis.rcbv_global is None
    assert analysis.rcbv_local is None
    assert analysis.volumes.cbv_index is None
    assert analysis.volumes.core_ml > 0.0


def test_every_finding_has_a_sentence_and_a_remedy(head):
    study = Study(head).change(head.ball(40, -20, 0, 18), **OLD).change(head.ball(45, 30, 0, 20), Tmax=8.0)

    for finding in study.analyse().findings:
        assert finding.message.endswith(".")
        assert finding.remedy.endswith(".")
        assert finding.value > finding.limit
