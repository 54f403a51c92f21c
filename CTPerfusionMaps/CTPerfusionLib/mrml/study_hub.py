"""What belongs to one study in a scene: a hidden node that refers to everything, and to which all refer.

The references are MRML's own, so they survive saving, loading and the import of a scene into another one.
Any node but the hub may be deleted, and the others still find each other.
"""

from collections.abc import Mapping
from typing import Any

from .headless import import_slicer

_PREFIX = "CTPerfusion."
_HUB_ROLE = f"{_PREFIX}Study"
_SOURCE_ROLE = f"{_PREFIX}Source"


class StudyHub:
    """The nodes of one study by their roles, such as ``Study.Map.CBF``.

    Parameters
    ----------
    node : vtkMRMLScriptedModuleNode
        The hidden node; make it with :func:`hub_for`.
    """

    def __init__(self, node: Any) -> None:
        self._node = node
        self._used: set[str] = set()

    @property
    def scene(self) -> Any:
        """The scene of the study."""
        return self._node.GetScene()

    @property
    def source(self) -> Any | None:
        """The sequence, or the volume, that the study was made from; None where it has been deleted."""
        return self._node.GetNodeReference(_SOURCE_ROLE)

    def find(self, role: str) -> Any | None:
        """Return the node of a role, None where there is none, or no longer."""
        return self._node.GetNodeReference(_PREFIX + role)

    def found(self, group: str) -> Mapping[str, Any]:
        """Return the nodes of all roles that begin with `group` and a point, by the rest of their role."""
        nodes = {role.removeprefix(f"{group}."): self.find(role) for role in self._roles(group)}
        return {name: node for name, node in nodes.items() if node is not None}

    def holds(self, node: Any) -> bool:
        """Whether a node is the source of the study or has a role in it; copies of such nodes have not."""
        return node is self.source or any(node is self.find(role) for role in self._roles())

    def ensure(self, role: str, node_class: str, name: str, *, hidden: bool = False) -> tuple[Any, bool]:
        """Return the node of a role, a new one called `name` where there is none, and whether it is new.

        The name becomes unique where another node of the scene has it. Hidden nodes appear in no list and
        not in the subject hierarchy, which has to be known before they enter the scene. A node that the
        user put under a transform is taken out of it: results lie where their own matrix says.
        """
        self._used.add(role)
        node = self.find(role)
        if node is not None:
            if node.IsA("vtkMRMLTransformableNode"):
                node.SetAndObserveTransformNodeID(None)
            return node, False
        node = self.scene.CreateNodeByClass(node_class)
        node.UnRegister(None)  # Python's reference is enough
        node.SetName(free_name(self.scene, name))
        node.SetHideFromEditors(hidden)
        node = self.scene.AddNode(node)
        self.adopt(role, node)
        return node, True

    def adopt(self, role: str, node: Any) -> None:
        """Let a node of the scene have a role."""
        self._used.add(role)
        node.SetNodeReferenceID(_HUB_ROLE, self._node.GetID())
        self._node.SetNodeReferenceID(_PREFIX + role, node.GetID())

    def remove_unused(self, group: str) -> None:
        """Remove what an earlier result had and this one has not: roles of `group` not ensured since."""
        unused = [role for role in self._roles(group) if role not in self._used]
        nodes = [self.find(role) for role in unused]
        for role in unused:
            self._node.SetNodeReferenceID(_PREFIX + role, None)
        # Colours last: views complain of an image whose colours are gone.
        for node in sorted(filter(None, nodes), key=lambda node: bool(node.IsA("vtkMRMLColorNode"))):
            remove_node(node)

    def _roles(self, group: str = "") -> list[str]:
        """Return the roles that begin with `group` and a point, all where it is empty."""
        roles = [
            self._node.GetNthNodeReferenceRole(n) for n in range(self._node.GetNumberOfNodeReferenceRoles())
        ]
        names = [role.removeprefix(_PREFIX) for role in roles if role.startswith(_PREFIX)]
        return [name for name in names if name.startswith(f"{group}." if group else "")]


def hub_of(node: Any | None) -> StudyHub | None:
    """Return the study that a node belongs to, None where it belongs to none."""
    hub = None if node is None else node.GetNodeReference(_HUB_ROLE)
    return None if hub is None else StudyHub(hub)


def hub_for(scene: Any, source: Any | None) -> StudyHub:
    """Return the study of `source`, a new one where it has none or there is no source.

    A copy of a sequence that still refers to the study of the original begins a study of its own.
    """
    hub = hub_of(source)
    if hub is not None and hub.holds(source):
        return hub
    slicer = import_slicer()
    node = slicer.vtkMRMLScriptedModuleNode()
    node.SetName("CT perfusion study")
    node.HideFromEditorsOn()
    node = scene.AddNode(node)
    if source is not None:
        source.SetNodeReferenceID(_HUB_ROLE, node.GetID())
        node.SetNodeReferenceID(_SOURCE_ROLE, source.GetID())
    return StudyHub(node)


def free_name(scene: Any, name: str) -> str:
    """Return `name`, or one like it where a node of the scene has it already."""
    return name if scene.GetFirstNodeByName(name) is None else str(scene.GetUniqueNameByString(name))


def remove_node(node: Any) -> None:
    """Remove a node from its scene with its displays, its file and its place in the subject hierarchy."""
    scene = node.GetScene()
    companions: list[Any] = []
    if node.IsA("vtkMRMLDisplayableNode"):
        companions += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        companions.append(node.GetStorageNode())
    slicer = import_slicer()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if item := hierarchy.GetItemByDataNode(node):
        hierarchy.RemoveItem(item, False, False)
    for each in (node, *companions):
        if each is not None and scene.IsNodePresent(each):
            scene.RemoveNode(each)
