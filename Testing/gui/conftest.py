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
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.fixture(scope="session")
def a_phantom() -> Any:
    """Return a head with a stroke, of few slices and frames so that a run takes seconds."""
    from CTPerfusionLib.phantom import head_phantom

    phantom = head_phantom(seed=301, size="tiny")
    series = phantom.series
    voxels = np.ascontiguousarray(series.voxels[::3, 2:5])
    return replace(phantom, series=replace(series, voxels=voxels, times=series.times[::3]))


@pytest.fixture(scope="session")
def a_head(a_phantom: Any) -> Any:
    """Return the series of that head."""
    return a_phantom.series


@pytest.fixture(scope="session")
def a_study(a_head: Any) -> Any:
    """Return what the maps module computes of that head when nothing is chosen otherwise."""
    from CTPerfusionLib.pipeline import (
        PREPARATION_STAGES,
        PipelineConfig,
        Stage,
        StageClock,
        compute_study_maps,
        prepare_series,
    )
    from CTPerfusionMapsLib.studies import ComputedStudy

    config, clock = PipelineConfig(method="bayes"), StageClock(stages=(*PREPARATION_STAGES, Stage.MAPS))
    prepared = prepare_series(a_head, config, clock, keep_registered=True)
    return ComputedStudy(compute_study_maps(prepared, config, clock), config)


@pytest.fixture(scope="session")
def dicom_images(tmp_path_factory: pytest.TempPathFactory, a_phantom: Any) -> Path:
    """Return a folder with the DICOM images of that head."""
    from CTPerfusionLib.phantom.dicom_writer import write_dicom_study

    folder = tmp_path_factory.mktemp("images")
    write_dicom_study(a_phantom, folder)
    return folder


@pytest.fixture(scope="session")
def a_dicom_study(a_study: Any, dicom_images: Path) -> Any:
    """Return the same study as computed from those images, which a scene knows by their UIDs only."""
    from CTPerfusionLib.io import load_series

    prepared = a_study.maps.prepared
    series = replace(prepared.series, metadata=load_series(dicom_images).metadata)
    return replace(a_study, maps=replace(a_study.maps, prepared=replace(prepared, series=series)))


@pytest.fixture
def add_head(a_slicer: Any, a_head: Any) -> Callable[..., Any]:
    """Return a function that adds the head, or another series, to the scene and returns its sequence."""
    from CTPerfusionLib.mrml import add_sequence

    return lambda name="Head", series=a_head: add_sequence(a_slicer.scene, series, name).sequence


@pytest.fixture
def add_computed_head(add_head: Callable[..., Any], a_study: Any) -> Callable[..., Any]:
    """Return a function that adds the head with its maps, as after a run, and returns their StudyNodes."""

    def add(name: str = "Head", study: Any = a_study) -> Any:
        from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic

        sequence = add_head(name)
        logic = CTPerfusionMapsLogic()
        logic.getParameterNode().inputSequence = sequence
        return logic.publish(sequence, study)

    return add
