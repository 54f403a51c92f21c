"""Threshold protocols are data, and bad data is refused in one sentence."""

import dataclasses
import json

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.lesion import (
    CRITERION_SCALES,
    CoreNormalisation,
    Criterion,
    Relation,
    load_protocol,
    parse_protocol,
    protocol_content,
    protocol_names,
)
from CTPerfusionLib.resources import resource_path
from CTPerfusionLib.series import TmaxDefinition


@pytest.fixture
def content():
    return json.loads(resource_path("Protocols", "rapid-like.json").read_text(encoding="utf-8"))


def test_the_default_protocol_has_the_published_thresholds():
    protocol = load_protocol()

    assert protocol.name == "rapid-like"
    assert protocol.core == (Criterion("rCBF", Relation.BELOW, 0.30),)
    assert protocol.hypoperfusion == (Criterion("Tmax", Relation.ABOVE, 6.0),)
    assert protocol.reference_tmax_at_most == 4.0
    assert protocol.mismatch_core is CoreNormalisation.GLOBAL


def test_every_installed_protocol_is_valid_and_listed_with_the_default_first():
    assert protocol_names()[0] == "rapid-like"
    assert len(protocol_names()) >= 2
    for name in protocol_names():
        assert load_protocol(name).name == name


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(
        ConfigurationError, match=r"no threshold protocol called x; choose one of rapid-like, "
    ):
        load_protocol("x")


@pytest.mark.parametrize("name", ["../Protocols/rapid-like", "", "rapid-like.json"])
def test_a_name_is_not_a_path(name):
    with pytest.raises(ConfigurationError, match="no threshold protocol"):
        load_protocol(name)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "core",
            [{"map": "rCBF", "below": 30}],
            r"has an unusable core: The threshold of rCBF is 30; give a number from 0.05 to 0.95 \(fraction",
        ),
        ("core", [{"map": "rCBF", "below": "0.3"}], r"The threshold of rCBF is '0.3'; give a number"),
        ("core", [{"map": "rCBF", "below": True}], r"The threshold of rCBF is True; give a number"),
        ("core", [{"map": "rCBF", "under": 0.3}], r'is no criterion; write it like {"map": "Tmax", "above"'),
        ("core", [{"map": "CBV", "below": 1, "above": 0.5}], "is no criterion; write it"),
        ("core", [{"map": "rCBX", "below": 0.3}], r"no map called 'rCBX' .*; choose one of CBF, rCBF"),
        ("core", [], "has no criterion of core; give at least one"),
        ("core", 0.3, r"has core = 0.3; give a list of criteria"),
        ("core", ["rCBF"], "is no criterion"),
        (
            "hypoperfusion",
            [{"map": "Tmax", "above": float("nan")}],
            r"unusable hypoperfusion: The threshold of Tmax is nan; .* 1 to 20 s",
        ),
        ("reference_tmax_at_most", 0.0, r"reference_tmax_at_most = 0.0; .* s"),
        (
            "reference_tmax_at_most",
            6.0,
            r"same tissue as abnormal and as normal reference; set the threshold of Tmax above 6 s",
        ),
        ("mismatch_core", "both", "has mismatch_core = 'both'; give global or local"),
        ("core_requires_hypoperfusion", 1, "core_requires_hypoperfusion = 1; give true or false"),
        ("opening_radius_mm", 30.0, "opening_radius_mm = 30.0; give a number from 0 to 10 mm"),
        ("closing_radius_mm", None, "closing_radius_mm = None"),
        ("minimum_cluster_ml", 50.0, "minimum_cluster_ml = 50.0; give a number from 0 to 20 mL"),
        ("colour", "red", "has the unknown field colour; remove it"),
        ("title", 3, "has title = 3; give a text"),
    ],
)
def test_a_bad_field_is_named_with_what_it_can_be(content, field, value, sentence):
    with pytest.raises(ConfigurationError, match=rf"The threshold protocol mine .*{sentence}"):
        parse_protocol("mine", content | {field: value})


def test_a_missing_field_is_named(content):
    del content["minimum_cluster_ml"]

    with pytest.raises(ConfigurationError, match="mine lacks minimum_cluster_ml; add it"):
        parse_protocol("mine", content)


def test_something_other_than_an_object_is_refused():
    with pytest.raises(ConfigurationError, match="not a JSON object"):
        parse_protocol("mine", [1, 2])


def test_a_changed_protocol_is_validated_too():
    with pytest.raises(ConfigurationError, match="opening_radius_mm"):
        dataclasses.replace(load_protocol(), opening_radius_mm=-3.0)


def test_a_method_that_reads_more_flow_at_the_border_cuts_higher():
    protocol = load_protocol()

    adapted = protocol.read_by(1.2)

    (core,) = protocol.core
    assert protocol.as_read(core) == pytest.approx(0.30)
    assert adapted.as_read(core) == pytest.approx(0.36)
    assert adapted.core == protocol.core


def test_readings_touch_no_threshold_but_those_of_relative_flow():
    adapted = load_protocol("mistar-like").read_by(1.2)

    for name, factor in (("rCBV", 1.0), ("CBF", 1.0), ("Delay", 1.0), ("rCBF", 1.2)):
        criterion = Criterion(name, Relation.BELOW, CRITERION_SCALES[name].highest)
        assert adapted.as_read(criterion) == pytest.approx(factor * criterion.value)


@pytest.mark.parametrize(
    ("name", "core", "hypoperfusion", "maps"),
    [
        ("rapid-like", "rCBF < 30 %", "Tmax (peak) > 6 s", {"CBF", "Tmax"}),
        ("rcbf-38", "rCBF < 38 %", "Tmax (peak) > 6 s", {"CBF", "Tmax"}),
        ("syngo-like", "CBV < 1.2 mL/100 g", "CBF < 27 mL/100 g/min", {"CBF", "CBV", "Tmax"}),
        (
            "philips-like",
            "CBV < 2 mL/100 g within the hypoperfusion",
            "MTT > 145 % of the other side",
            {"CBF", "CBV", "MTT", "Tmax"},
        ),
        ("mistar-like", "rCBF < 30 % within the hypoperfusion", "Delay > 3 s", {"CBF", "Delay", "Tmax"}),
    ],
)
def test_installed_protocols_say_what_is_published(name, core, hypoperfusion, maps):
    protocol = load_protocol(name)

    assert protocol.core_text(TmaxDefinition.ARGMAX) == core
    assert protocol.hypoperfusion_text(TmaxDefinition.ARGMAX) == hypoperfusion
    assert set(protocol.required_maps) == maps


def test_without_a_definition_tmax_is_called_tmax():
    assert load_protocol().hypoperfusion_text() == "Tmax > 6 s"


def test_a_protocol_says_how_its_flow_thresholds_read_in_the_maps():
    assert load_protocol().read_by(1.05).readings_text() == "30 % of normal flow reads as 32 %"
    assert load_protocol("syngo-like").read_by(1.05).readings_text() == ""


def test_a_protocol_that_needs_a_missing_map_is_refused_with_a_remedy():
    with pytest.raises(
        ConfigurationError,
        match=r"mistar-like needs a map of Delay, which is not there; choose a kinetic method that gives it",
    ):
        load_protocol("mistar-like").check_maps(("CBF", "CBV", "MTT", "Tmax"))


def test_moved_thresholds_make_a_custom_protocol_that_remembers_where_it_came_from():
    protocol = load_protocol("mistar-like")
    (core,) = protocol.core

    custom = protocol.customised(core=(core.at(0.25),))
    again = custom.customised(core=(core.at(0.20),))

    assert (custom.name, custom.title) == ("custom", "Custom")
    assert custom.core_text() == "rCBF < 25 % within the hypoperfusion"
    assert custom.hypoperfusion == protocol.hypoperfusion
    assert again.core_text().startswith("rCBF < 20 %")
    assert "MIStar-like" in again.source
    assert protocol.customised(core=protocol.core) is protocol


def test_a_custom_protocol_survives_being_written_and_read():
    protocol = load_protocol("philips-like")
    custom = protocol.customised(core=(protocol.core[0].at(1.7), Criterion("rCBV", Relation.BELOW, 0.42)))

    assert parse_protocol("custom", json.loads(json.dumps(protocol_content(custom)))) == custom


def test_the_slider_of_tmax_stays_clear_of_the_normal_reference():
    protocol = load_protocol()
    (late,) = protocol.hypoperfusion
    lowest = protocol.scale_of(late).lowest

    assert lowest == pytest.approx(4.1)
    assert protocol.customised(hypoperfusion=(late.at(lowest),)).name == "custom"
    with pytest.raises(ConfigurationError, match="normal reference"):
        protocol.customised(hypoperfusion=(late.at(4.0),))


def test_every_scale_shows_its_range_and_steps_in_a_unit_and_back():
    for name, scale in CRITERION_SCALES.items():
        assert scale.map == name
        assert scale.title
        assert scale.unit
        assert scale.lowest < scale.highest
        assert round(scale.shown(scale.step), scale.decimals) == pytest.approx(scale.shown(scale.step))
        assert scale.value(scale.shown(scale.highest)) == pytest.approx(scale.highest)
    assert CRITERION_SCALES["rCBF"].text(0.07) == "7 %"
    assert CRITERION_SCALES["rMTT_contralateral"].text(1.45) == "145 %"
    assert CRITERION_SCALES["Tmax"].text(4.1 + 0.2) == "4.3 s"


@pytest.mark.parametrize(
    ("name", "relation", "value", "sentence"),
    [
        ("CTA", "below", 1.0, r"no map called 'CTA' .*choose one of CBF, "),
        ("CBV", "beside", 1.0, r"threshold of CBV has the relation 'beside'; give below or above"),
        ("Delay", "above", 99.0, r"threshold of Delay is 99.0; give a number from 0.5 to 15 s"),
        ("Tmax", "above", None, r"threshold of Tmax is None; give a number from 1 to 20 s"),
        ("rCBV", "below", 42, r"threshold of rCBV is 42; .* 0.05 to 0.95 \(fraction of the reference\)"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused_in_one_sentence(name, relation, value, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        Criterion(name, relation, value)
