"""Plain tables."""

from CTPerfusionLib.validation.text_table import text_table


def test_labels_stand_left_and_numbers_right_below_headings_of_several_lines():
    lines = text_table(("name", "us per\nvoxel"), [("a", "1.5"), ("longer", "12")])

    assert lines == [
        "        us per",
        "name     voxel",
        "a          1.5",
        "longer      12",
    ]
