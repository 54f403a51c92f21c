"""Threshold protocols are data, and bad data is refused in one sentence."""

import dataclasses
import json

import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.lesion import CoreNormalisation, load_protocol, protocol_names
from CTPerfusionLib.lesion.protocol import parse_protocol
from CTPerfusionLib.resources import resource_path


@pytest.fixture
def content():
    return json.loads(resource_path("Protocols", "rapid-like.json").read_text(encoding="utf-8"))


def test_the_default_protocol_has_the_published_thresholds():
    protocol = load_protocol()

    assert protocol.name == "rapid-like"
    assert (protocol.core_rcbf_below, protocol.hypoperfusion_tmax_above) == (0.30, 6.0)
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
        ("core_rcbf_below", 30, r"has core_rcbf_below = 30; give a number from 0.05 to 0.95"),
        ("core_rcbf_below", "0.3", r"has core_rcbf_below = '0.3'; give a number"),
        ("core_rcbf_below", True, r"has core_rcbf_below = True; give a number"),
        ("hypoperfusion_tmax_above", float("nan"), r"hypoperfusion_tmax_above = nan; .* 1 to 20 s"),
        ("reference_tmax_at_most", 0.0, r"reference_tmax_at_most = 0.0; .* s"),
        ("reference_tmax_at_most", 6.0, "same tissue as hypoperfused and as normal"),
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

    assert protocol.core_rcbf_reading == pytest.approx(0.30)
    assert adapted.core_rcbf_reading == pytest.approx(0.36)
    assert adapted.core_rcbf_below == protocol.core_rcbf_below
