"""What a test holds of the desktop: open modules, click, look, answer dialogs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6 import QtCore, QtTest, QtWidgets

from CTPerfusionLib.mrml import vtk_errors_raised

from .dialogs import DIALOGS, Dialogs
from .packaging import packaging
from .session import Session, session
from .wrapping import unwrap

_PANEL_WIDTH, _PANEL_HEIGHT = 520, 900


class Desktop:
    """The desktop in the hands of a test.

    Attributes
    ----------
    app : Wrapper
        ``slicer.app``.
    errors : list of Exception
        Raised by code that Qt or VTK called, and warnings of Qt. A test that expects one takes it out.
    """

    def __init__(self, current: Session, app: Any, errors: list[BaseException]) -> None:
        self._session = current
        self.app = app
        self.errors = errors

    @property
    def scene(self) -> Any:
        """The scene, ``slicer.mrmlScene``."""
        return self._session.scene

    @property
    def layout_manager(self) -> Any:
        """The layout manager, as ``slicer.app.layoutManager()`` shows it."""
        return self.app.layoutManager()

    @property
    def dialogs(self) -> Dialogs:
        """What was shown to the user, and what the user answers."""
        return DIALOGS

    @property
    def selected_modules(self) -> list[str]:
        """Names of the modules that were asked for in the module selector."""
        return self._session.module_manager.selected

    @property
    def installed_packages(self) -> list[str]:
        """Requirements that pip was asked for."""
        return self._session.installed_packages

    def load_module(self, path: Path) -> Any:
        """Load a scripted module without opening it, and return the object of its module class."""
        module = self._session.module_manager.load(Path(path))
        return getattr(self._session.module_manager.modules, f"{module.name}Instance")

    def open_module(self, path: Path) -> Any:
        """Open the module in the file, show its panel and return the object of its widget class."""
        manager = self._session.module_manager
        module = manager.load(Path(path))
        panel = module.widgetRepresentation()
        panel.resize(_PANEL_WIDTH, _PANEL_HEIGHT)
        panel.show()
        manager.select(module.name)
        manager.selected.pop()
        QtWidgets.QApplication.processEvents()
        return panel.self()

    def start_up(self) -> None:
        """Tell modules that the application has started."""
        unwrap(self.app).startupCompleted.emit()

    def click(self, widget: Any) -> None:
        """Click a widget with the mouse.

        Raises
        ------
        AssertionError
            If it is hidden or disabled.
        """
        raw = unwrap(widget)
        assert raw.isVisible(), f"{raw.objectName()} is hidden"
        assert raw.isEnabled(), f"{raw.objectName()} is disabled"
        if isinstance(raw, QtWidgets.QAbstractButton):
            place = next(
                point
                for point in (
                    raw.rect().center(),
                    QtCore.QPoint(10, raw.height() // 2),
                    QtCore.QPoint(10, 10),
                )
                if raw.hitButton(point)
            )
        else:
            place = raw.rect().center()
        QtTest.QTest.mouseClick(raw, QtCore.Qt.MouseButton.LeftButton, pos=place)
        QtWidgets.QApplication.processEvents()

    def grab(self, widget: Any, path: Path) -> Path:
        """Save a picture of a widget, or of the panel of a module's widget object."""
        raw = unwrap(getattr(widget, "parent", widget) if not hasattr(widget, "isWidgetType") else widget)
        if raw.isWindow() and raw.layout() is not None:  # a panel, which in Slicer would scroll
            raw.resize(raw.width(), raw.sizeHint().height())
        QtWidgets.QApplication.processEvents()
        path.parent.mkdir(parents=True, exist_ok=True)
        assert raw.grab().save(str(path)), f"{path} cannot be written"
        return path

    def packaging(self) -> Any:
        """Make ``slicer.packaging`` importable, as in Slicer 5.12, and return it; it installs nothing."""
        return packaging(self._session.installed_packages)


@contextmanager
def desktop(folder: Path) -> Iterator[Desktop]:
    """Yield a desktop with an empty scene; fail at the end for errors that nobody saw."""
    import slicer

    DIALOGS.shown.clear()
    DIALOGS.answers.clear()
    raised: list[BaseException] = []
    former_hook = sys.excepthook

    def remember(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        raised.append(error)
        former_hook(kind, error, trace)

    def remember_warning(kind: QtCore.QtMsgType, _where: Any, text: str) -> None:
        if kind != QtCore.QtMsgType.QtDebugMsg and "propagateSizeHints" not in text:  # of Qt without a screen
            raised.append(RuntimeWarning(text))

    sys.excepthook = remember
    former_handler = QtCore.qInstallMessageHandler(remember_warning)
    try:
        with vtk_errors_raised("The test made VTK report an error"), session(folder) as current:
            yield Desktop(current, slicer.app, raised)
    finally:
        sys.excepthook = former_hook
        QtCore.qInstallMessageHandler(former_handler)
        sys.modules.pop("slicer.packaging", None)
        vars(slicer).pop("packaging", None)
    if raised:
        raise AssertionError("Qt warned, or Python code that Qt or VTK called raised") from raised[0]
    assert not DIALOGS.answers, f"dialogs that did not come: {list(DIALOGS.answers)}"
