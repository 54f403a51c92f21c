"""What the files of maps say of themselves, for every method of the registry."""

import numpy as np
import pytest

from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.io.nifti import LONGEST_DESCRIPTION, LONGEST_NAME
from CTPerfusionLib.kinetics import METHODS, KineticMethod, PerfusionMaps
from CTPerfusionLib.pipeline.labels import MapLabel, map_labels

RELATIVE = ("rCBF_global", "rCBF_local", "rCBV_global", "rCBV_local")


def labels_of(method: KineticMethod):
    nothing = np.zeros((1, 1, 1), dtype=np.uint8)
    return map_labels(
        PerfusionMaps(
            {},
            {},
            nothing,
            method.name,
            method.tmax_definition,
            DEVICES["cpu"],
            offset_marginalised=False,
            learned={},
        )
    )


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_every_file_of_a_method_has_a_label_that_fits_a_nifti_header(method):
    labels = labels_of(method)
    for stem in (*method.maps, *RELATIVE, *(f"quality_{name}" for name in method.quality)):
        label = labels[stem]
        assert 0 < len(label.name) <= LONGEST_NAME
        assert len(label.description) <= LONGEST_DESCRIPTION
        assert (label.name + label.description).isascii()
        assert label.description.endswith(f"; method {method.name}")


@pytest.mark.parametrize("method", METHODS.values(), ids=list(METHODS))
def test_the_label_of_tmax_names_the_definition_of_its_method(method):
    words = {
        "centre": "centre of impulse response (delay + MTT/2)",
        "argmax": "the residue function's maximum",
    }
    description = labels_of(method)["Tmax"].description
    for definition, said in words.items():
        assert (said in description) == (definition == method.tmax_definition)
    assert ", s; method" in description


def test_maps_and_their_standard_errors_name_their_unit():
    labels = labels_of(METHODS["nlr"])
    assert labels["CBF"].description == "Cerebral blood flow, mL/100 g/min; method nlr"
    assert labels["quality_standard_error_CBV"].description == "Standard error of CBV, mL/100 g; method nlr"
    assert labels["rCBF_global"].description == "Blood flow relative to normal tissue; method nlr"


def test_a_ratio_has_no_unit_to_name():
    assert MapLabel("x", "Ratio", "", "nlr").description == "Ratio; method nlr"
