"""The registry of quantities."""

import numpy as np
import pytest

from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.series import QUANTITIES, Quantity, TmaxDefinition, quantities_of


def luminance(colour: tuple[float, float, float]) -> float:
    return float(np.dot((0.2126, 0.7152, 0.0722), colour))


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_colour_stops_span_the_display_range_in_ascending_order(quantity: Quantity) -> None:
    values = [value for value, _ in quantity.colour_stops()]
    assert (values[0], values[-1]) == quantity.display_range
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_pixels_have_the_colours_of_the_stops(quantity: Quantity) -> None:
    values = np.array([value for value, _ in quantity.colour_stops()], dtype=np.float32)
    expected = np.array([colour for _, colour in quantity.colour_stops()]) * 255
    np.testing.assert_allclose(quantity.colourise(values), expected, atol=0.51)


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_values_outside_the_range_take_the_colour_of_its_ends_and_nan_is_black(quantity: Quantity) -> None:
    low, high = quantity.display_range
    pixels = quantity.colourise(np.array([low - 5, low, high, high + 5, np.nan], dtype=np.float32))
    np.testing.assert_array_equal(pixels[0], pixels[1])
    np.testing.assert_array_equal(pixels[2], pixels[3])
    assert not pixels[4].any()


@pytest.mark.parametrize("name", ["CBF", "CBV", "rCBF_global", "rCBF_local", "rCBV_global"])
def test_no_flow_is_black_and_most_flow_is_red(name: str) -> None:
    colours = QUANTITIES[name].colours
    assert max(colours[0]) == 0
    assert colours[-1][0] > 2 * max(colours[-1][1:])


@pytest.mark.parametrize("name", ["MTT", "TTP", "Tmax", "Delay"])
def test_early_is_blue_and_late_is_red(name: str) -> None:
    colours = QUANTITIES[name].colours
    assert colours[0][2] == max(colours[0])
    assert colours[-1][0] == max(colours[-1])


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_colours_brighten_up_to_one_peak_and_darken_after_it(quantity: Quantity) -> None:
    steps = np.sign(np.diff([luminance(colour) for colour in quantity.colours]))
    assert np.all(np.diff(steps) <= 0)


def test_dicom_knows_the_public_codes() -> None:
    from pydicom.sr.codedict import codes

    known = {code.value: code.meaning for code in (
        codes.DCM.RegionalCerebralBloodFlow, codes.DCM.RegionalCerebralBloodVolume, codes.DCM.MeanTransitTime,
        codes.DCM.TimeToPeak, codes.DCM.Tmax, codes.DCM.RelativeRegionalBloodFlow,
        codes.DCM.RelativeRegionalBloodVolume,
    )}  # fmt: skip
    public = [
        quantity.quantity_code for quantity in QUANTITIES.values() if quantity.quantity_code.scheme == "DCM"
    ]
    assert len(public) == 9
    for code in public:
        assert known[code.value] == code.meaning


def test_label_names_the_unit_where_there_is_one() -> None:
    assert QUANTITIES["CBF"].label == "CBF, mL/100 g/min"
    assert QUANTITIES["rCBF_global"].label == "rCBF global"


@pytest.mark.parametrize(
    ("definition", "label"), [(TmaxDefinition.CENTRE, "centre"), (TmaxDefinition.ARGMAX, "peak")]
)
def test_tmax_is_named_by_its_definition_and_no_other_quantity_changes(
    definition: TmaxDefinition, label: str
) -> None:
    quantities = quantities_of(definition)
    assert quantities["Tmax"].short_title == f"Tmax ({label})"
    assert quantities["Tmax"].label == f"Tmax ({label}), s"
    assert {name for name in QUANTITIES if quantities[name] != QUANTITIES[name]} == {"Tmax"}


def test_a_time_of_6_s_has_the_same_colour_and_code_by_both_definitions() -> None:
    centre, peak = (quantities_of(definition)["Tmax"] for definition in TmaxDefinition)
    assert centre.colour_stops() == peak.colour_stops()
    assert centre.quantity_code == peak.quantity_code
    assert centre.title != peak.title


def test_every_method_has_words_for_its_definition_of_tmax() -> None:
    for method in METHODS.values():
        assert quantities_of(TmaxDefinition(method.tmax_definition))["Tmax"].variant
