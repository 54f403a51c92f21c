"""Widget tests without Slicer's desktop.

`slicer_desktop` stands in for the desktop on PySide6: modules ``qt`` and ``ctk`` that behave as PythonQt
does, stand-ins for the widgets of CTK and Slicer, and ``slicer.app``. MRML is real. Names, types, slots and
signals of the widgets are those that ``slicer-widget-api.json`` records of a real Slicer 5.8; anything else
raises AttributeError. A test looks like this::

    def test_compute_tells_when_it_is_done(a_slicer, open_module, click, process_events, grab):
        widget = open_module(REPOSITORY / "CTPerfusionMaps" / "CTPerfusionMaps.py")
        widget.ui.inputSelector.setCurrentNode(sequence)
        click(widget.ui.computeButton)  # with the mouse, as the user does
        process_events(until=lambda: widget.ui.progressBar.value == 100, timeout=30)
        assert a_slicer.dialogs.texts == []  # what the user was told
        grab(widget, "computed")  # build/gui-pictures/computed.png

Each test has a scene of its own. It fails if VTK reports an error, if Qt prints a warning, if Python code
that a signal or an observer calls raises, if a dialog needs an answer that the test does not give, and if an
answer is left over. ``a_slicer`` has

* ``scene`` (``slicer.mrmlScene``), ``layout_manager`` and the like, which are also reached by ``slicer.app``;
* ``dialogs``: ``texts`` of what was shown, ``will_answer(qt.QMessageBox.Ok, "/a/path", lambda dialog: ...)``;
* ``load_module(path)``: what Slicer does with a module when it starts, and ``start_up()``: it has started;
* ``errors``: what code raised that Qt or VTK called; a test that expects an error takes it out;
* ``selected_modules`` and ``installed_packages``: what was asked of the module selector and of pip;
* ``packaging()``: makes ``slicer.packaging`` importable, as in Slicer 5.12; before, it is absent as in 5.8.

Qt without a screen needs the Debian packages libegl1, libgl1, libxkbcommon0, libdbus-1-3, libfontconfig1 and
libglib2.0-0.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent))
try:
    from PySide6 import QtWidgets as _QtWidgets  # noqa: F401
except ImportError as error:
    raise RuntimeError(
        f"the widget tests cannot load Qt ({error}); run pip install PySide6-Essentials and, on Debian, "
        "apt-get install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
    ) from error

PICTURES = Path(__file__).parents[2] / "build" / "gui-pictures"


@pytest.fixture
def a_slicer(tmp_path: Path) -> Iterator[Any]:
    """Return a Slicer with an empty scene."""
    from slicer_desktop.desktop import desktop

    with desktop(tmp_path) as slicer_desktop:
        yield slicer_desktop


@pytest.fixture
def open_module(a_slicer: Any) -> Callable[[Path], Any]:
    """Return a function that opens the module in a file and returns the object of its widget class."""
    return a_slicer.open_module


@pytest.fixture
def process_events(a_slicer: Any) -> Callable[..., None]:
    """Return a function that lets events happen until a condition holds, and fails after the timeout in s."""

    def process(until: Callable[[], bool] | None = None, timeout: float = 10.0) -> None:
        a_slicer.app.processEvents()
        end = time.monotonic() + timeout
        while until is not None and not until():
            assert time.monotonic() < end, f"not so within {timeout} s"
            a_slicer.app.processEvents()
            time.sleep(0.005)

    return process


@pytest.fixture
def click(a_slicer: Any) -> Callable[[Any], None]:
    """Return a function that clicks a widget with the mouse; it fails if the user could not."""
    return a_slicer.click


@pytest.fixture
def grab(a_slicer: Any) -> Callable[[Any, str], Path]:
    """Return a function that saves a picture of a widget, or of a module's panel, and returns its path."""
    return lambda widget, name: a_slicer.grab(widget, PICTURES / f"{name}.png")
