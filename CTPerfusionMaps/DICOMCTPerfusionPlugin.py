"""Hidden module: Slicer's DICOM browser offers a CT perfusion scan as one sequence with its true times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from DICOMLib import DICOMLoadable, DICOMPlugin
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from CTPerfusionLib.io import FoundSeries
    from CTPerfusionLib.mrml import SequenceNodes
    from CTPerfusionLib.series import PerfusionSeries

REAL_PERFUSION = 1.1
"""Confidence in a scan that follows the first pass of contrast: above the 1.0 of Slicer's importer of
multi-volumes, which takes frame numbers for times and refuses shuttle scans."""

UNUSABLE = 0.4
"""Confidence in a scan that cannot be loaded, listed for its reason only: below the 0.5 of a plain volume."""


class DICOMCTPerfusionPluginClass(DICOMPlugin):
    """What the DICOM browser asks: which series are CT perfusion, and how they are loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loadType = _("CT Perfusion")

    def examineForImport(self, fileLists: list[list[str]]) -> list[Any]:
        """Return the loadables among the series of the DICOM browser, each a list of files."""
        from CTPerfusionLib.io import find_perfusion_series

        files = [path for paths in fileLists for path in paths]
        loadables = self.getCachedLoadables(files)
        if loadables is None:
            with slicer.util.WaitCursor():
                found = find_perfusion_series(fileLists)
            loadables = [self._loadable(series) for series in found if series.is_perfusion or series.refusal]
            self.cacheLoadables(files, loadables)
        return loadables

    def load(self, loadable: Any) -> Any:
        """Load a scan as a sequence of volumes; return the sequence, or None after showing what failed."""
        from CTPerfusionLib.mrml import add_sequence
        from CTPerfusionMapsLib.messages import errorsShown

        with errorsShown():
            series = self._series(loadable)
            nodes = add_sequence(slicer.mrmlScene, series, loadable.name)
            self._addToSubjectHierarchy(loadable, nodes)
            _show(nodes)
            return nodes.sequence
        return None

    def _loadable(self, found: FoundSeries) -> Any:
        loadable = DICOMLoadable()
        loadable.files = list(found.files)
        loadable.name = self.defaultSeriesNodeName(found.series_uids[0])
        loadable.tooltip = _description(found)
        loadable.warning = _warning(found)
        loadable.selected = found.is_perfusion
        loadable.confidence = REAL_PERFUSION if found.is_perfusion else UNUSABLE
        return loadable

    def _series(self, loadable: Any) -> PerfusionSeries:
        """Read a scan; where nothing decodes its compression, say what helps in Slicer."""
        from CTPerfusionLib.errors import MissingDecoderError

        try:
            return _read(loadable)
        except MissingDecoderError as error:
            raise MissingDecoderError(  # pydicom looks for decoders once, when it is first imported
                error.reason,
                "export the study uncompressed, or enter pip_install('pylibjpeg pylibjpeg-openjpeg') in the "
                "Python console and restart Slicer",
            ) from error

    def _addToSubjectHierarchy(self, loadable: Any, nodes: SequenceNodes) -> None:
        """Put the visible frame, as the DICOM series, and the sequence into their patient and study."""
        frame = nodes.browser.GetProxyNode(nodes.sequence)
        self.addSeriesInSubjectHierarchy(loadable, frame)
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        study = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(frame))
        hierarchy.CreateItem(study, nodes.sequence)


def _read(loadable: Any) -> PerfusionSeries:
    """Read the files of a loadable with a progress dialog that can cancel."""
    from CTPerfusionLib.errors import Cancelled
    from CTPerfusionLib.io import load_dicom_files

    label = _("Loading {name}").format(name=loadable.name)
    dialog = slicer.util.createProgressDialog(labelText=label, windowTitle=_("CT Perfusion"), autoClose=False)

    def onProgress(fraction: float) -> None:
        percent = int(100 * fraction)
        if percent == dialog.value:
            return
        dialog.value = percent
        slicer.app.processEvents()
        if dialog.wasCanceled:
            raise Cancelled

    try:
        return load_dicom_files(loadable.files, on_progress=onProgress)
    finally:
        dialog.close()
        dialog.deleteLater()


def _show(nodes: SequenceNodes) -> None:
    """Show the first frame in the slice views, and the sequence in the toolbar that steps through it."""
    applicationLogic = slicer.app.applicationLogic()
    frame = nodes.browser.GetProxyNode(nodes.sequence)
    applicationLogic.GetSelectionNode().SetActiveVolumeID(frame.GetID())
    applicationLogic.PropagateVolumeSelection()
    applicationLogic.FitSliceToBackground()
    slicer.modules.sequences.setToolBarActiveBrowserNode(nodes.browser)
    slicer.modules.sequences.showSequenceBrowser(nodes.browser)


def _description(found: FoundSeries) -> str:
    if found.time_source is None:
        return _("CT series of {frames} frames of {slices} slices without usable times").format(
            frames=found.n_frames, slices=found.n_slices
        )
    text = _(
        "CT perfusion sequence: {frames} frames of {slices} slices, every {interval} s for {duration} s, "
        "times from {source}"
    ).format(
        frames=found.n_frames,
        slices=found.n_slices,
        interval=f"{found.interval:.2f}",
        duration=f"{found.duration:.0f}",
        source=str(found.time_source),
    )
    return _("{scan}, for each slice by itself").format(scan=text) if found.has_slice_times else text


def _warning(found: FoundSeries) -> str:
    from CTPerfusionLib.series import Severity

    sentences = [finding.message for finding in found.findings if finding.severity != Severity.INFO]
    return " ".join([found.refusal, *sentences] if found.refusal else sentences)


class DICOMCTPerfusionPlugin:
    """What Slicer's module factory finds: it hands the plugin to the DICOM module and shows nothing."""

    def __init__(self, parent: Any) -> None:
        parent.title = "DICOM CT Perfusion Import Plugin"
        parent.categories = ["Developer Tools.DICOM Plugins"]
        parent.contributors = ["The SlicerCTPerfusion developers"]
        parent.helpText = (
            "Lets the DICOM module load CT perfusion scans as one sequence with its true times. "
            "Research use only: not a medical device, not for diagnosis or treatment decisions."
        )
        parent.acknowledgementText = "Part of the extension CTPerfusion."
        parent.hidden = True
        if not hasattr(slicer.modules, "dicomPlugins"):  # the DICOM module may come later
            slicer.modules.dicomPlugins = {}
        slicer.modules.dicomPlugins["DICOMCTPerfusionPlugin"] = DICOMCTPerfusionPluginClass
