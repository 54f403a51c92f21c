"""``slicer.modules`` and the module manager: C++ modules from slicer-core, and scripted ones from files."""

# ruff: noqa: N801, N802, N805, N815 - the names are those of Qt, CTK and Slicer

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from .widgets.scene import qMRMLWidget
from .wrapping import wrap


def _stored(kind: Any, name: str) -> QtCore.Property:
    return QtCore.Property(
        kind, lambda self: self.facts[name], lambda self, value: self.facts.update({name: value})
    )


class qSlicerLoadableModule(QtCore.QObject):
    """A module in C++: a name and a logic."""

    def __init__(self, name: str, logic: Any) -> None:
        super().__init__()
        self._name, self._logic = name, logic

    def logic(self) -> Any:
        """Return the logic."""
        return self._logic

    name = QtCore.Property(str, lambda self: self._name)


class qSlicerSequencesModule(qSlicerLoadableModule):
    """The module Sequences with the tool bar, which shows one browser node.

    Attributes
    ----------
    active_browser : vtkMRMLSequenceBrowserNode or None
    """

    active_browser: Any = None

    def setToolBarActiveBrowserNode(self, node: Any) -> None:
        """Show another browser node in the tool bar."""
        self.active_browser = node

    def toolBarActiveBrowserNode(self) -> Any:
        """Return the browser node in the tool bar."""
        return self.active_browser

    def setToolBarVisible(self, visible: bool) -> None:
        """Show or hide the tool bar."""

    def showSequenceBrowser(self, node: Any) -> bool:
        """Show the browser node in the tool bar."""
        self.active_browser = node
        return True


class qSlicerScriptedLoadableModule(QtCore.QObject):
    """What Slicer knows of a module in Python; passed to the module's class as ``parent``."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.facts: dict[str, Any] = {
            "title": "",
            "categories": [],
            "contributors": [],
            "dependencies": [],
            "associatedNodeTypes": [],
            "helpText": "",
            "acknowledgementText": "",
            "icon": QtGui.QIcon(),
            "hidden": False,
            "index": -1,
            "widgetRepresentationCreationEnabled": True,
        }
        self._path = path
        self.source: ModuleType | None = None
        self.panel: qSlicerScriptedLoadableModuleWidget | None = None

    def widgetRepresentation(self) -> Any:
        """Return the panel, built when it is first asked for."""
        if self.panel is None:
            self.panel = qSlicerScriptedLoadableModuleWidget(self)
            self.panel.build()
            self.panel.setMRMLScene(slicer.mrmlScene)
        return self.panel

    title = _stored(str, "title")
    categories = _stored("QStringList", "categories")
    contributors = _stored("QStringList", "contributors")
    dependencies = _stored("QStringList", "dependencies")
    associatedNodeTypes = _stored("QStringList", "associatedNodeTypes")
    helpText = _stored(str, "helpText")
    acknowledgementText = _stored(str, "acknowledgementText")
    icon = _stored(QtGui.QIcon, "icon")
    hidden = _stored(bool, "hidden")
    index = _stored(int, "index")
    widgetRepresentationCreationEnabled = _stored(bool, "widgetRepresentationCreationEnabled")
    name = QtCore.Property(str, lambda self: self._path.stem)
    path = QtCore.Property(str, lambda self: str(self._path))


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The panel of a scripted module; passed to the module's widget class as ``parent``."""

    def __init__(self, module: qSlicerScriptedLoadableModule) -> None:
        super().__init__()
        self._module = module
        self._entered = False
        self._python: Any = None
        QtWidgets.QVBoxLayout(self)
        self.setObjectName(f"{module.name}ModuleWidget")

    def build(self) -> None:
        """Make the module's widget class and let it build the panel."""
        name = self._module.name
        self._python = getattr(sys.modules[name], f"{name}Widget")(wrap(self))
        setattr(slicer.modules, f"{name}Widget", self._python)
        self._python.setup()

    def reload(self) -> None:
        """Build the panel again from the source that was loaded again."""
        self.build()

    def self(this) -> Any:
        """Return the object of the module's widget class."""
        return this._python

    def enter(self) -> None:
        """Tell the module that the user has opened it."""
        self._entered = True
        self._python.enter()

    def exit(self) -> None:
        """Tell the module that the user has opened another one."""
        self._entered = False
        self._python.exit()

    isEntered = QtCore.Property(bool, lambda self: self._entered)
    moduleName = QtCore.Property(str, lambda self: self._module.name)


class ModuleManager(QtCore.QObject):
    """Knows all modules; opens scripted ones from their files.

    Attributes
    ----------
    modules : SimpleNamespace
        What becomes ``slicer.modules``.
    selected : list of str
        Names of the modules that were asked for in the module selector.
    """

    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleLoaded = QtCore.Signal(str)

    def __init__(self, logics: dict[str, Any]) -> None:
        super().__init__()
        self._known: dict[str, Any] = {}
        self.modules = SimpleNamespace()
        self.selected: list[str] = []
        self._entered: qSlicerScriptedLoadableModuleWidget | None = None
        self._added_paths: list[str] = []
        for name, logic in logics.items():
            kind = qSlicerSequencesModule if name == "Sequences" else qSlicerLoadableModule
            self._add(name, kind(name, logic))

    def _add(self, name: str, module: Any) -> None:
        self._known[name] = module
        setattr(self.modules, name.lower(), wrap(module))

    def module(self, name: str) -> Any:
        """Return the module of that name, or None."""
        return self._known.get(name)

    def modulesNames(self) -> list[str]:
        """Return the names of all modules."""
        return list(self._known)

    def load(self, path: Path) -> qSlicerScriptedLoadableModule:
        """Load a scripted module as Slicer does when it starts."""
        if path.stem in self._known:
            return self._known[path.stem]
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
            self._added_paths.append(str(path.parent))
        module = qSlicerScriptedLoadableModule(path)
        self._add(path.stem, module)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        source = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = source
        spec.loader.exec_module(source)
        setattr(self.modules, f"{path.stem}Instance", getattr(source, path.stem)(wrap(module)))
        self.moduleLoaded.emit(path.stem)
        return module

    def select(self, name: str) -> None:
        """Open a module as the user does in the module selector; one that is not loaded is only noted."""
        self.selected.append(name)
        module = self._known.get(name)
        if not isinstance(module, qSlicerScriptedLoadableModule):
            return
        panel = module.widgetRepresentation()
        if panel is not self._entered:
            if self._entered is not None:
                self._entered.exit()
            self._entered = panel
            panel.enter()

    def unload(self) -> None:
        """Close all scripted modules as Slicer does when it ends."""
        scripted = [
            module for module in self._known.values() if isinstance(module, qSlicerScriptedLoadableModule)
        ]
        if self._entered is not None:
            self._entered.exit()
        for module in scripted:
            self.moduleAboutToBeUnloaded.emit(module.name)
        for module in scripted:
            sys.modules.pop(module.name, None)
            if module.panel is not None:
                module.panel.setMRMLScene(None)
                module.panel.close()
                module.panel.deleteLater()
        for path in self._added_paths:
            sys.path.remove(path)
