"""``slicer.app``: the one application object, with what serves the scene of the current test."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtWidgets


class Application(QtWidgets.QApplication):
    """The running application.

    Attributes
    ----------
    session : Session or None
        The scene, logics and managers of the current test.
    is_testing : bool
        What ``testingEnabled`` answers; Slicer shows no dialogs when it is True.
    """

    api_name = "slicer.app"
    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self) -> None:
        super().__init__(["Slicer"])
        self.setOrganizationName("NA-MIC")
        self.setApplicationName("Slicer")
        self.setQuitOnLastWindowClosed(False)
        self.session: Any = None
        self.is_testing = False
        self.temporary = ""

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self.session.scene

    def applicationLogic(self) -> Any:
        """Return the application logic."""
        return self.session.application_logic

    def moduleLogic(self, name: str) -> Any:
        """Return the logic of a module written in C++."""
        return self.session.logics[name]

    def moduleManager(self) -> Any:
        """Return the list of modules."""
        return self.session.module_manager

    def ioManager(self) -> Any:
        """Return what reads and writes files."""
        return self.session.io_manager

    def coreIOManager(self) -> Any:
        """Return what reads and writes files."""
        return self.session.io_manager

    def layoutManager(self) -> Any:
        """Return the views."""
        return self.session.layout_manager

    def settings(self) -> QtCore.QSettings:
        """Return the settings of the user."""
        return QtCore.QSettings()

    def userSettings(self) -> QtCore.QSettings:
        """Return the settings of the user."""
        return QtCore.QSettings()

    def revisionUserSettings(self) -> QtCore.QSettings:
        """Return the settings of the user for this version."""
        return QtCore.QSettings()

    def testingEnabled(self) -> bool:
        """Return whether Slicer runs its own tests."""
        return self.is_testing

    def moduleDocumentationUrl(self, name: str) -> str:
        """Return the page of a module."""
        return f"https://slicer.readthedocs.io/en/latest/user_guide/modules/{name.lower()}.html"

    def pauseRender(self) -> None:
        """Stop drawing; nothing is drawn here anyway."""

    def resumeRender(self) -> None:
        """Draw again."""

    def setRenderPaused(self, paused: bool) -> None:
        """Stop drawing or draw again."""

    applicationVersion = QtCore.Property(str, lambda _: "5.8.1")
    majorVersion = QtCore.Property(int, lambda _: 5)
    minorVersion = QtCore.Property(int, lambda _: 8)
    revision = QtCore.Property(str, lambda _: "33241")
    temporaryPath = QtCore.Property(
        str, lambda self: self.temporary, lambda self, path: setattr(self, "temporary", path)
    )
    documentationBaseUrl = QtCore.Property(str, lambda _: "https://slicer.readthedocs.io/en/latest/")


class qSlicerMainWindow(QtWidgets.QMainWindow):
    """Slicer's main window, which is never shown here."""

    def __init__(self, select_module: Callable[[str], None]) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.statusBar()
        self._selector = qSlicerModuleSelectorToolBar(select_module, self)

    def moduleSelector(self) -> "qSlicerModuleSelectorToolBar":
        """Return the box in which the user chooses a module."""
        return self._selector


class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """The box in which the user chooses a module."""

    def __init__(self, select_module: Callable[[str], None], parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._select_module = select_module
        self._selected = ""

    def selectModule(self, name: str) -> None:
        """Open a module."""
        self._selected = name
        self._select_module(name)

    selectedModule = QtCore.Property(str, lambda self: self._selected)


class IOManager(QtCore.QObject):
    """Reads and writes files by means of the logics of slicer-core."""

    api_name = "slicer.app.ioManager()"
    newFileLoaded = QtCore.Signal(object)
    fileSaved = QtCore.Signal(object)
    _TYPES = {  # noqa: RUF012 - constant
        ".seg.nrrd": "SegmentationFile",
        ".seq.nrrd": "SequenceFile",
        ".mrb": "SceneFile",
        ".mrml": "SceneFile",
        ".tsv": "TableFile",
        ".csv": "TableFile",
        ".mrk.json": "MarkupsFile",
    }

    def __init__(self, session: Any) -> None:
        super().__init__()
        self._session = session

    def fileType(self, path: str) -> str:
        """Return the type that the name of a file tells."""
        return next(
            (kind for suffix, kind in self._TYPES.items() if str(path).endswith(suffix)), "VolumeFile"
        )

    def fileWriterFileType(self, node: Any, extension: str = "") -> str:  # noqa: ARG002
        """Return the type of a file for a node."""
        return "NodeFile"

    def loadScene(self, path: str, clear: bool = True, messages: Any = None) -> bool:  # noqa: ARG002
        """Read a scene."""
        scene = self._session.scene
        if Path(path).suffix == ".mrb":
            return bool(scene.ReadFromMRB(path, clear))
        scene.SetURL(path)
        return bool(scene.Connect() if clear else scene.Import())

    def loadNodes(
        self, kind: str, properties: dict[str, Any], nodes: Any = None, messages: Any = None
    ) -> bool:
        """Read a file and put its nodes into the collection."""
        path = properties["fileName"]
        if kind == "SceneFile":
            return self.loadScene(path, bool(properties.get("clear", False)), messages)
        name = properties.get("name") or Path(path).name.partition(".")[0]
        node = self._load(kind, path, name, properties)
        if node is None:
            return False
        if nodes is not None:
            nodes.AddItem(node)
        self.newFileLoaded.emit(properties)
        return True

    def _load(self, kind: str, path: str, name: str, properties: dict[str, Any]) -> Any:
        logics = self._session.logics
        if kind == "SequenceFile":
            return logics["Sequences"].AddSequence(path)
        if kind == "SegmentationFile":
            return logics["Segmentations"].LoadSegmentationFromFile(path, True, name)
        if kind == "TableFile":
            return logics["Tables"].AddTable(path, name)
        if kind == "MarkupsFile":
            identifier = logics["Markups"].LoadMarkups(path, name)
            return self._session.scene.GetNodeByID(identifier) if identifier else None
        if kind == "VolumeFile":
            return logics["Volumes"].AddArchetypeVolume(path, name, int(bool(properties.get("labelmap"))))
        raise NotImplementedError(f"the stand-in reads no {kind}")

    def saveNodes(
        self,
        kind: str,
        properties: dict[str, Any],
        messages: Any = None,  # noqa: ARG002
        scene: Any = None,
    ) -> bool:
        """Write a node, or the scene."""
        path = properties["fileName"]
        scene = self._session.scene
        if kind == "SceneFile":
            return bool(scene.WriteToMRB(path) if Path(path).suffix == ".mrb" else scene.Commit(path))
        node = scene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def saveScene(self, path: str, screenshot: Any = None, messages: Any = None) -> bool:  # noqa: ARG002
        """Write the scene."""
        return self.saveNodes("SceneFile", {"fileName": path})
