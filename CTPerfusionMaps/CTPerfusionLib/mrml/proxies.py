"""The nodes in which sequence browsers show the frames of a sequence."""

from typing import Any


def proxies_of(sequence: Any) -> list[Any]:
    """Return the proxy nodes of a vtkMRMLSequenceNode; none for any other node, or outside a scene."""
    scene = sequence.GetScene()
    if scene is None or not sequence.IsA("vtkMRMLSequenceNode"):
        return []
    kind = "vtkMRMLSequenceBrowserNode"
    browsers = [scene.GetNthNodeByClass(index, kind) for index in range(scene.GetNumberOfNodesByClass(kind))]
    proxies = [browser.GetProxyNode(sequence) for browser in browsers]
    return [proxy for proxy in proxies if proxy is not None]
