"""Boxes to choose nodes of the scene."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from .scene import HoldsScene, Observer


def _scene_events() -> tuple[int, ...]:
    scene = slicer.vtkMRMLScene
    return (
        scene.NodeAddedEvent,
        scene.NodeRemovedEvent,
        scene.EndBatchProcessEvent,
        scene.EndCloseEvent,
        scene.EndImportEvent,
    )


def _setting(kind: Any, name: str) -> QtCore.Property:
    """Return a property that decides which nodes and actions are offered."""

    def write(self: "qMRMLNodeComboBox", value: Any) -> None:
        self.settings[name] = value
        self.refresh()

    return QtCore.Property(kind, lambda self: self.settings[name], write)


class qMRMLNodeComboBox(HoldsScene, QtWidgets.QWidget):
    """A box to choose one node, or none where that is allowed.

    A box with neither none nor actions takes the first node that comes. Where the chosen node is removed, the
    next one takes its place, else the one before it. While the scene is loaded or closed the box waits; if
    the chosen node is gone then, nothing is chosen.
    """

    currentNodeChanged = QtCore.Signal(object)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeActivated = QtCore.Signal(object)
    nodeAdded = QtCore.Signal(object)
    nodeAddedByUser = QtCore.Signal(object)
    nodeAboutToBeRemoved = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.settings: dict[str, Any] = {
            "nodeTypes": [],
            "hideChildNodeTypes": [],
            "noneDisplay": "None",
            "baseName": "",
            "noneEnabled": False,
            "addEnabled": True,
            "removeEnabled": True,
            "editEnabled": False,
            "renameEnabled": False,
            "showHidden": False,
            "showChildNodeTypes": True,
            "selectNodeUponCreation": True,
        }
        self._attributes: dict[str, dict[str, Any]] = {}
        self._current_id: str | None = None
        self._requested_id: str | None = None  # chosen before there was a scene
        self._offered_ids: list[str] = []
        self._waited = False
        self._actions: list[
            tuple[str, str]
        ] = []  # (what an item of the box does, to which node or with which class)
        self._scene_observer = Observer(self.refresh)
        self._name_observers: list[Observer] = []
        self._box = QtWidgets.QComboBox(self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._box.activated.connect(self._act)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setEnabled(False)

    nodeTypes = _setting("QStringList", "nodeTypes")
    hideChildNodeTypes = _setting("QStringList", "hideChildNodeTypes")
    noneDisplay = _setting(str, "noneDisplay")
    baseName = _setting(str, "baseName")
    noneEnabled = _setting(bool, "noneEnabled")
    addEnabled = _setting(bool, "addEnabled")
    removeEnabled = _setting(bool, "removeEnabled")
    editEnabled = _setting(bool, "editEnabled")
    renameEnabled = _setting(bool, "renameEnabled")
    showHidden = _setting(bool, "showHidden")
    showChildNodeTypes = _setting(bool, "showChildNodeTypes")
    selectNodeUponCreation = _setting(bool, "selectNodeUponCreation")

    def setMRMLScene(self, scene: Any) -> None:
        """Offer the nodes of another scene."""
        if scene is self._scene:
            return
        self._scene = scene
        self._scene_observer.observe(scene, _scene_events())
        self.setEnabled(scene is not None)
        self.refresh()
        if scene is not None and self._requested_id is not None:
            self.setCurrentNodeID(self._requested_id)
            self._requested_id = None

    def currentNode(self) -> Any:
        """Return the chosen node, or None."""
        return self._scene.GetNodeByID(self._current_id) if self._scene and self._current_id else None

    def currentNodeId(self) -> str:
        """Return the identifier of the chosen node."""
        return self._current_id or ""

    def setCurrentNode(self, node: Any) -> None:
        """Choose a node; one that is not offered means none. Given by its identifier, it is deprecated."""
        if isinstance(node, str):
            QtCore.qWarning("qMRMLNodeComboBox: use setCurrentNodeID")
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def setCurrentNodeID(self, identifier: str) -> None:
        """Choose a node; one that is not offered means none."""
        if self._scene is None:
            self._requested_id = identifier
        offered = any(node.GetID() == identifier for node in self.nodes())
        self._choose(identifier if offered else None)

    def setCurrentNodeIndex(self, index: int) -> None:
        """Choose the node at that place."""
        self.setCurrentNode(self.nodeFromIndex(index))

    def nodeCount(self) -> int:
        """Return how many nodes are offered."""
        return len(self.nodes())

    def nodeFromIndex(self, index: int) -> Any:
        """Return the node at that place, or None."""
        nodes = self.nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def addNode(self, node_type: str | None = None) -> Any:
        """Add a node to the scene as the user would, and return it."""
        node_type = node_type or self.settings["nodeTypes"][0]
        if node_type not in self.settings["nodeTypes"]:
            QtCore.qWarning(f"qMRMLNodeComboBox: {node_type} is not one of its node types")
            return None
        name = self.settings["baseName"] or self._scene.GetTagByClassName(node_type)
        node = self._scene.AddNewNodeByClass(node_type, self._scene.GenerateUniqueName(name))
        if self.settings["selectNodeUponCreation"]:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        """Remove the chosen node from the scene."""
        node = self.currentNode()
        if node is not None:
            self.nodeAboutToBeRemoved.emit(node)
            self._scene.RemoveNode(node)

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        """Offer nodes of the type only if they have the attribute, with the value if one is given."""
        self._attributes.setdefault(node_type, {})[name] = value
        self.refresh()

    def removeAttribute(self, node_type: str, name: str) -> None:
        """Undo `addAttribute`."""
        self._attributes.get(node_type, {}).pop(name, None)
        self.refresh()

    def sortFilterProxyModel(self) -> Any:
        """Return the model of the items."""
        return self._box.model()

    def nodes(self) -> list[Any]:
        """Return the nodes that are offered."""
        if self._scene is None:
            return []
        return [node for node in self._scene.GetNodes() if self._is_offered(node)]

    def _is_offered(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.settings["showHidden"]:
            return False
        if any(node.IsA(hidden) for hidden in self.settings["hideChildNodeTypes"]):
            return False
        for kind in self.settings["nodeTypes"]:
            if node.IsA(kind) if self.settings["showChildNodeTypes"] else node.GetClassName() == kind:
                wanted = self._attributes.get(kind, {})
                return all(
                    node.GetAttribute(name) is not None and value in (None, node.GetAttribute(name))
                    for name, value in wanted.items()
                )
        return False

    def refresh(self) -> None:
        """Offer what the scene has now."""
        if self._scene is not None and self._scene.IsBatchProcessing():
            self._waited = True
            return
        nodes = self.nodes()
        for observer in self._name_observers:
            observer.stop()
        self._name_observers = [Observer(self._show_items) for _ in nodes]
        for observer, node in zip(self._name_observers, nodes, strict=True):
            observer.observe(node, (vtk.vtkCommand.ModifiedEvent,))
        self._show_items()
        before, self._offered_ids = self._offered_ids, [node.GetID() for node in nodes]
        for node in nodes:
            if node.GetID() not in before:
                self.nodeAdded.emit(node)
        self._choose(self._after_change(before))
        self._waited = False

    def _after_change(self, before: list[str]) -> str | None:
        """Return which node is chosen after the nodes on offer were others."""
        offered = self._offered_ids
        if self._current_id in offered:
            return self._current_id
        if self._current_id in before and offered and not self._waited:
            return offered[min(before.index(self._current_id), len(offered) - 1)]
        actions = ("noneEnabled", "addEnabled", "removeEnabled", "editEnabled", "renameEnabled")
        takes_first = self._current_id is None and not before and not any(map(self.settings.get, actions))
        return offered[0] if offered and takes_first else None

    def _show_items(self) -> None:
        if self._scene is not None and self._scene.IsBatchProcessing():
            return
        items = [("choose", "", self.settings["noneDisplay"])] if self.settings["noneEnabled"] else []
        items += [("choose", node.GetID(), node.GetName()) for node in self.nodes()]
        if self._scene is not None and self.settings["addEnabled"]:
            tags = ((kind, self._scene.GetTagByClassName(kind)) for kind in self.settings["nodeTypes"])
            items += [("add", kind, f"Create new {tag}") for kind, tag in tags]
        if self.settings["removeEnabled"]:
            items.append(("remove", "", "Delete current node"))
        self._actions = [item[:2] for item in items]
        self._box.clear()
        self._box.addItems([text or "" for _, _, text in items])
        self._show_current()

    def _show_current(self) -> None:
        action = ("choose", self._current_id or "")
        self._box.setCurrentIndex(self._actions.index(action) if action in self._actions else -1)

    def _choose(self, identifier: str | None) -> None:
        changed = identifier != self._current_id
        self._current_id = identifier
        self._show_current()
        if changed:
            self.currentNodeChanged.emit(self.currentNode())
            self.currentNodeIDChanged.emit(identifier or "")

    def _act(self, index: int) -> None:
        action, argument = self._actions[index]
        if action == "choose":
            self._choose(argument or None)
            self.nodeActivated.emit(self.currentNode())
        elif action == "add":
            self.addNode(argument)
        else:
            self.removeCurrentNode()

    currentNodeID = QtCore.Property(str, currentNodeId, setCurrentNodeID)


class qMRMLCheckableNodeComboBox(qMRMLNodeComboBox):
    """A box to choose any number of nodes."""

    checkedNodesChanged = QtCore.Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._unchecked: set[str] = set()

    def checkedNodes(self) -> list[Any]:
        """Return the chosen nodes."""
        return [node for node in self.nodes() if node.GetID() not in self._unchecked]

    def uncheckedNodes(self) -> list[Any]:
        """Return the nodes that are not chosen."""
        return [node for node in self.nodes() if node.GetID() in self._unchecked]

    def setCheckState(self, node: Any, state: Any) -> None:
        """Choose the node or not."""
        before = set(self._unchecked)
        if QtCore.Qt.CheckState(state) == QtCore.Qt.CheckState.Checked:
            self._unchecked.discard(node.GetID())
        else:
            self._unchecked.add(node.GetID())
        if self._unchecked != before:
            self.checkedNodesChanged.emit()

    def checkState(self, node: Any) -> Any:
        """Return whether the node is chosen."""
        states = QtCore.Qt.CheckState
        return states.Unchecked if node.GetID() in self._unchecked else states.Checked

    def check(self, node: Any) -> None:
        """Choose the node."""
        self.setCheckState(node, QtCore.Qt.CheckState.Checked)

    def uncheck(self, node: Any) -> None:
        """Do not choose the node."""
        self.setCheckState(node, QtCore.Qt.CheckState.Unchecked)
