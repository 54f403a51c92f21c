import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.vessels.midline import find_midplane

LPS_GRID = np.array([[-2.0, 0, 0, 90.0], [0, -2.0, 0, 110.0], [0, 0, 5.0, -20.0], [0, 0, 0, 1.0]])


def ellipse_head(turn: float, lean: float, shift: float) -> np.ndarray:
    """Return an elliptic head, 150 x 190 mm, turned by degrees about z, leaning by mm per mm, off centre."""
    slices, rows, columns = np.mgrid[:9, :110, :90]
    x, y, z = 90.0 - 2.0 * columns, 110.0 - 2.0 * rows, 5.0 * slices - 20.0
    x = x - shift - lean * z
    angle = np.radians(turn)
    across, along = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    return (across / 75.0) ** 2 + (along / 95.0) ** 2 <= 1.0


@settings(max_examples=25, deadline=None)
@given(turn=st.floats(-20.0, 20.0), lean=st.floats(-0.2, 0.2), shift=st.floats(-10.0, 10.0))
def test_the_plane_of_an_ellipse_is_its_longer_axis(turn, lean, shift):
    plane = find_midplane(ellipse_head(turn, lean, shift), LPS_GRID)
    for along, height in ((60.0, 10.0), (-60.0, -10.0), (0.0, 0.0)):
        angle = np.radians(turn)
        on_plane = np.array([shift + lean * height + along * np.sin(angle), along * np.cos(angle), height])
        assert abs((on_plane - plane.point) @ plane.normal) < 2.5


@pytest.mark.parametrize(("column", "side"), [(20, "right"), (70, "left"), (45, "midline")])
def test_sides_are_the_patients_own(column, side):
    plane = find_midplane(ellipse_head(0.0, 0.0, 0.0), LPS_GRID)
    assert plane.sides(np.array([[column, 50, 4]])) == [side]


def test_sides_follow_the_direction_of_the_columns():
    flipped = LPS_GRID.copy()
    flipped[0] = [2.0, 0, 0, -90.0]
    head = ellipse_head(0.0, 0.0, 0.0)
    assert find_midplane(head, flipped).sides(np.array([[20, 50, 4]])) == ["left"]


def test_an_empty_head_has_a_plane_all_the_same():
    plane = find_midplane(np.zeros((2, 8, 8), dtype=bool), LPS_GRID)
    assert np.isfinite(plane.offsets(np.array([[1, 1, 1]]))).all()
