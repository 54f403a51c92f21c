"""A fresh Slicer for one test: scene, logics, application and what else scripted modules import."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from CTPerfusionLib.mrml import headless_slicer

from .application import Application, IOManager, qSlicerMainWindow
from .pythonqt import class_for
from .qt_modules import install_qt_modules
from .slicer_modules import ModuleManager, qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
from .ui_files import register_widgets
from .views import LayoutManager
from .widgets import STAND_INS
from .wrapping import wrap

_MORE_LOGICS = {
    "Sequences": "vtkSlicerSequencesLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Models": "vtkSlicerModelsLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Texts": "vtkSlicerTextsLogic",
    "Units": "vtkSlicerUnitsLogic",
}
_NEWER_FUNCTIONS = ("LazyImport", "executePythonModule")


@dataclass
class Session:
    """What ``slicer.app`` shows of the current test."""

    scene: Any
    application_logic: Any
    logics: dict[str, Any]
    main_window: Any = None
    module_manager: Any = None
    io_manager: Any = None
    layout_manager: Any = None
    installed_packages: list[str] = field(default_factory=list)


@cache
def application() -> Application:
    """Return the one application of this process, with ``qt``, ``ctk`` and ``slicer``'s widgets in place."""
    app = Application()
    install_qt_modules(STAND_INS)
    register_widgets(STAND_INS)
    others = (qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget)
    for raw_class in (*STAND_INS, *others):
        if not raw_class.__name__.startswith("ctk"):
            setattr(slicer, raw_class.__name__, class_for(raw_class))
    for name in ("parameter_nodes", "scripted_modules", "sample_data"):
        importlib.import_module(f".{name}", __package__)
    _install_modules()
    return app


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """Yield a Slicer with an empty scene, and close it as Slicer closes.

    Parameters
    ----------
    folder : Path
        Existing folder for settings and temporary files.
    """
    app = application()
    headless = headless_slicer(folder)
    current = Session(headless.scene, headless.application_logic, dict(headless.logics))
    _add_logics(current)
    app.session, app.temporary, app.is_testing = current, str(folder), False
    for scope in (QtCore.QSettings.Scope.UserScope, QtCore.QSettings.Scope.SystemScope):
        QtCore.QSettings.setPath(QtCore.QSettings.Format.IniFormat, scope, str(folder))
    QtCore.QSettings.setDefaultFormat(QtCore.QSettings.Format.IniFormat)
    slicer.mrmlScene = current.scene
    slicer.app = wrap(app)
    current.module_manager = ModuleManager(current.logics)
    current.io_manager = IOManager(current)
    current.layout_manager = LayoutManager(current)
    current.main_window = qSlicerMainWindow(current.module_manager.select)
    slicer.modules = current.module_manager.modules
    for path in (Path(__file__).parent / "scripted").glob("*.py"):
        current.module_manager.load(path)
    slicer.util.pip_install = lambda requirements: current.installed_packages.append(requirements)
    try:
        yield current
    finally:
        current.module_manager.unload()
        close_windows()
        current.layout_manager.setMRMLScene(None)
        current.scene.Clear(1)
        for name in ("app", "modules", "mrmlScene"):
            delattr(slicer, name)
        for connection in app.__dict__.pop("_connections", []):
            getattr(app, connection[0].partition("(")[0]).disconnect(connection[2])


def close_windows() -> None:
    """Delete all windows that are open or hidden."""
    for widget in QtWidgets.QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    QtWidgets.QApplication.processEvents()


def _add_logics(current: Session) -> None:
    for name, class_name in _MORE_LOGICS.items():
        if name not in current.logics and hasattr(slicer, class_name):
            logic = getattr(slicer, class_name)()
            logic.SetMRMLApplicationLogic(current.application_logic)
            vtk.vtkObject.GlobalWarningDisplayOff()  # Slicer's own terminologies are not there
            logic.SetMRMLScene(current.scene)
            vtk.vtkObject.GlobalWarningDisplayOn()
            current.logics[name] = logic
    for name, logic in current.logics.items():
        current.application_logic.SetModuleLogic(name, logic)


def _install_modules() -> None:
    """Put the Python modules in place that slicer-core lacks, and take out what Slicer 5.8 lacks."""
    for name in _NEWER_FUNCTIONS:
        vars(slicer.util).pop(name, None)
    _module("slicer.i18n", tr=lambda text: _translate("", text), translate=_translate)
    for target, source in {
        "slicer.parameterNodeWrapper": "parameter_nodes",
        "slicer.ScriptedLoadableModule": "scripted_modules",
        "SampleData": "sample_data",
    }.items():
        standing_in = sys.modules[f"{__package__}.{source}"]
        _module(target, **{name: getattr(standing_in, name) for name in standing_in.__all__})


def _module(name: str, **members: Callable[..., Any]) -> None:
    module = ModuleType(name)
    module.__all__ = list(members)  # type: ignore[attr-defined]
    vars(module).update(members)
    sys.modules[name] = module
    if name.startswith("slicer."):
        setattr(slicer, name.partition(".")[2], module)


def _translate(context: str, text: str) -> str:
    if not isinstance(context, str) or not isinstance(text, str):
        raise TypeError("translate(context, text) takes two texts")
    return text
