"""Where results stand in the subject hierarchy.

In Slicer's window plugins give every node an item as soon as it enters the scene, without a window nobody
does: an item that is there is moved, and only a missing one is made.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .headless import import_slicer
from .proxies import proxies_of
from .study_hub import StudyHub

FOLDER = "CT perfusion"

_STUDY_LEVEL = "Study"


def file_nodes(hub: StudyHub, folders: Mapping[str, Iterable[Any]], *, beside: Any) -> None:
    """Sort nodes into folders by their titles; a node of the title ``""`` stands above the folders.

    The folders stand in the study of the hub's source, such as the one that DICOM import made; else in a
    folder of their own. Nodes that stand in some folder already stay there: the user may have put them so.

    Parameters
    ----------
    hub : StudyHub
    folders : mapping of str to iterable of vtkMRMLNode
    beside : vtkMRMLNode
        A node of the study whose folder is taken where the source is in none, such as the baseline.
    """
    slicer = import_slicer()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(hub.scene)
    source = () if hub.source is None else (hub.source, *proxies_of(hub.source))  # DICOM import files proxies
    home = _home(hierarchy, (*source, beside))
    for title, nodes in folders.items():
        for node in nodes:
            item = hierarchy.GetItemByDataNode(node)
            if item and hierarchy.GetItemParent(item) != hierarchy.GetSceneItemID():
                continue
            parent = _folder(hierarchy, home, title) if title else home
            if item:
                hierarchy.SetItemParent(item, parent)
            else:
                hierarchy.CreateItem(parent, node)


def _home(hierarchy: Any, nodes: Iterable[Any]) -> int:
    """Return the folder of results: in the DICOM study of a node, that where a node stands, or a new one."""
    for node in nodes:
        item = hierarchy.GetItemByDataNode(node)
        if not item:
            continue
        study = hierarchy.GetItemAncestorAtLevel(item, _STUDY_LEVEL)
        if study:
            return _folder(hierarchy, study, FOLDER)
        for ancestor in _ancestors(hierarchy, item):
            if hierarchy.GetItemName(ancestor) == FOLDER:
                return int(ancestor)
    return int(hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), FOLDER))


def _folder(hierarchy: Any, parent: int, title: str) -> int:
    found = hierarchy.GetItemChildWithName(parent, title)
    return int(found) if found else int(hierarchy.CreateFolderItem(parent, title))


def _ancestors(hierarchy: Any, item: int) -> list[int]:
    """Return the parents of an item up to, and without, the scene."""
    ancestors: list[int] = []
    parent = hierarchy.GetItemParent(item)
    while parent and parent != hierarchy.GetSceneItemID():
        ancestors.append(parent)
        parent = hierarchy.GetItemParent(parent)
    return ancestors
