"""Slicer without a window: a scene of its own with the logics that read, write and colour its nodes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import ConfigurationError

_MODULE_LOGICS = {
    "Volumes": "vtkSlicerVolumesLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Sequences": "vtkSlicerSequencesLogic",
}


@dataclass(frozen=True)
class HeadlessSlicer:
    """A private MRML scene and what serves it.

    Attributes
    ----------
    scene : vtkMRMLScene
        Independent of ``slicer.mrmlScene``, which inside Slicer belongs to the user.
    application_logic : vtkSlicerApplicationLogic
    logics : mapping of str to vtkMRMLAbstractLogic
        By module name. They stop working when nobody holds them, so keep this object while using the scene.
    """

    scene: Any
    application_logic: Any
    logics: dict[str, Any]


def import_slicer() -> ModuleType:
    """Return the module ``slicer``, of slicer-core or of the Slicer application.

    Raises
    ------
    ConfigurationError
        If neither is there.
    """
    try:
        import slicer
    except ImportError as error:
        raise ConfigurationError(
            "Writing a Slicer scene needs slicer-core, which is not installed",
            "run pip install 'ctperfusion[scene]'",
        ) from error
    module: ModuleType = slicer
    return module


def headless_slicer(temporary: Path) -> HeadlessSlicer:
    """Return a new scene with application logic, module logics, default colours and file input and output.

    Parameters
    ----------
    temporary : Path
        Existing folder for the files that the scene packs and unpacks.

    Raises
    ------
    ConfigurationError
        If neither slicer-core nor Slicer is there.
    """
    slicer = import_slicer()
    scene = slicer.vtkMRMLScene()
    application_logic = slicer.vtkSlicerApplicationLogic()
    application_logic.SetMRMLScene(scene)
    colour_logic = application_logic.GetColorLogic()
    colour_logic.SetMRMLScene(scene)
    colour_logic.AddDefaultColorNodes()
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())  # the Colors module's logic would do this
    logics = {"Colors": colour_logic}
    for module, logic_class in _MODULE_LOGICS.items():
        logic = getattr(slicer, logic_class)()
        logic.SetMRMLApplicationLogic(application_logic)
        logic.SetMRMLScene(scene)
        application_logic.SetModuleLogic(module, logic)
        logics[module] = logic
    return HeadlessSlicer(
        scene, application_logic, logics | _file_logics(slicer, scene, application_logic, temporary)
    )


def _file_logics(slicer: ModuleType, scene: Any, application_logic: Any, temporary: Path) -> dict[str, Any]:
    """Return the logics without which a scene reads no data files and packs bundles in the root folder."""
    remote = slicer.vtkMRMLRemoteIOLogic()
    remote.SetMRMLScene(scene)
    remote.SetMRMLApplicationLogic(application_logic)
    cache = Path(tempfile.mkdtemp(dir=temporary))
    (cache / ".slicer-cache").touch()  # tells Slicer that the folder is its own, to fill and to empty
    remote.GetCacheManager().SetRemoteCacheDirectory(str(cache))
    data = slicer.vtkDataIOManagerLogic()
    data.SetMRMLScene(scene)
    data.SetMRMLApplicationLogic(application_logic)
    data.SetAndObserveDataIOManager(remote.GetDataIOManager())
    remote.AddDataIOToScene()
    return {"RemoteIO": remote, "DataIO": data}
