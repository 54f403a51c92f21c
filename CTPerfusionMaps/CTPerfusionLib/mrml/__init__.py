"""Slicer scenes: the only package that knows Slicer, of the application or of slicer-core."""

from .content import FrameMotion, LesionContent, ProbedVoxel, SceneContent, StudyContent
from .describe import FLOW_READING_ATTRIBUTE, METHOD_ATTRIBUTE, TMAX_DEFINITION_ATTRIBUTE
from .headless import HeadlessSlicer, headless_slicer
from .layouts import MAP_VIEWS, MapView, PerfusionLayout, layout_descriptions, register_layouts
from .lesion import LesionNodes, publish_lesion
from .maps_input import MapsInput, maps_from_nodes
from .plane import plane_of, publish_plane
from .points import publish_points, voxels_of_points
from .probe import ProbeNodes, publish_probe
from .related import RelatedNodes, related_nodes
from .scene import write_scene
from .segment_masks import masks_of
from .sequence_series import grid_of_sequence, series_from_sequence
from .sequences import SequenceNodes, add_sequence
from .study import StudyNodes, publish_study
from .views import fit_views, layout_node_of, show_layout
from .vtk_errors import vtk_errors_raised

__all__ = [
    "FLOW_READING_ATTRIBUTE",
    "MAP_VIEWS",
    "METHOD_ATTRIBUTE",
    "TMAX_DEFINITION_ATTRIBUTE",
    "FrameMotion",
    "HeadlessSlicer",
    "LesionContent",
    "LesionNodes",
    "MapView",
    "MapsInput",
    "PerfusionLayout",
    "ProbeNodes",
    "ProbedVoxel",
    "RelatedNodes",
    "SceneContent",
    "SequenceNodes",
    "StudyContent",
    "StudyNodes",
    "add_sequence",
    "fit_views",
    "grid_of_sequence",
    "headless_slicer",
    "layout_descriptions",
    "layout_node_of",
    "maps_from_nodes",
    "masks_of",
    "plane_of",
    "publish_lesion",
    "publish_plane",
    "publish_points",
    "publish_probe",
    "publish_study",
    "register_layouts",
    "related_nodes",
    "series_from_sequence",
    "show_layout",
    "voxels_of_points",
    "vtk_errors_raised",
    "write_scene",
]
