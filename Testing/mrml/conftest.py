"""Scenes written by the library and read back by Slicer's own readers, without a window."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.mrml import (
    HeadlessSlicer,
    LesionContent,
    SceneContent,
    StudyContent,
    headless_slicer,
    vtk_errors_raised,
    write_scene,
)
from CTPerfusionLib.report import HeadMotion
from CTPerfusionLib.series import QUANTITIES, EnhancementCurve, Finding, Severity, TmaxDefinition


@pytest.fixture(scope="session")
def an_oblique_geometry() -> np.ndarray:
    """Return an ijk_to_ras matrix with spacing 1.5, 1.6, 5 mm, tilted by 17 degrees."""
    angle = np.deg2rad(17)
    tilt = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    matrix = np.eye(4)
    matrix[:3, :3] = tilt @ np.diag([-1.5, -1.6, 5.0])
    matrix[:3, 3] = [31.0, 40.5, -12.25]
    return matrix


@pytest.fixture(scope="session")
def some_masks() -> dict[str, np.ndarray]:
    """Return a core, a penumbra beside it and the hypoperfusion that holds both, shape (4, 30, 40)."""
    z, y, x = np.mgrid[:4, :30, :40]
    hypoperfusion = ((x - 28) ** 2 + (y - 15) ** 2 < 16 + 32 * z) & (z > 0) & (z < 3)
    core = ((x - 28) ** 2 + (y - 15) ** 2 < 16) & (z == 2)
    return {"core": core, "penumbra": hypoperfusion & ~core, "hypoperfusion": hypoperfusion}


@pytest.fixture(scope="session")
def a_study(an_oblique_geometry: np.ndarray, some_masks: dict[str, np.ndarray]) -> StudyContent:
    """Return small maps with values that differ in every voxel and NaN outside the tissue."""
    generator = np.random.default_rng(5)
    shape = some_masks["core"].shape
    outside = np.zeros(shape, dtype=bool)
    outside[:, :4] = True
    maps = {name: generator.uniform(0, QUANTITIES[name].display_range[1], shape).astype(np.float32)
            for name in ("CBF", "CBV", "MTT", "TTP", "Tmax", "Delay")}  # fmt: skip
    for values in maps.values():
        values[outside] = np.nan
    times = np.arange(0.0, 20.0, 0.5)
    used = np.ones(len(times), dtype=bool)
    used[[11, 12]] = False
    return StudyContent(
        baseline=generator.integers(-1000, 1500, shape).astype(np.float32),
        ijk_to_ras=an_oblique_geometry,
        maps=maps,
        tmax_definition=TmaxDefinition.ARGMAX,
        curves=(
            EnhancementCurve("AIF", times, 300 * np.exp(-((times - 8) ** 2) / 9)),
            EnhancementCurve("VOF", times + 0.25, 400 * np.exp(-((times - 11) ** 2) / 9)),
        ),
        findings=(
            Finding("user_times", Severity.INFO, "The times were given by the user.", "Nothing to do."),
            Finding("late_aif", Severity.ERROR, "The artery comes late.", "Choose another one.", 3.25, 1.0),
            Finding("motion", Severity.WARNING, "The head moved by 4.2 mm.", "Look at the maps.", 4.2, 3.0),
        ),
        motion=HeadMotion(
            frame_times=times,
            motion=generator.normal(0, 1, (1, len(times), 6)),
            used=used,
            residual=np.full(len(times), 0.2),
            reference="Frame 1.",
        ),
        attributes={
            "CTPerfusion.Method": "bsvd",
            "CTPerfusion.TmaxDefinition": "argmax",
            "CTPerfusion.Notice": RESEARCH_USE,
        },
    )


@pytest.fixture(scope="session")
def a_lesion(a_study: StudyContent, some_masks: dict[str, np.ndarray]) -> LesionContent:
    """Return a lesion of the study, with its relative maps."""
    generator = np.random.default_rng(6)
    shape = some_masks["core"].shape
    return LesionContent(
        ijk_to_ras=a_study.ijk_to_ras,
        maps={name: generator.uniform(0, 1.5, shape).astype(np.float32)
              for name in ("rCBF_global", "rCBF_local", "rCBV_global", "rCBV_local")},
        masks=some_masks,
        volumes_ml={
            "core_global": 23.46,
            "core_local": None,
            "hypoperfusion": 78.9,
            "penumbra": 55.44,
            "tmax_6": 78.9,
        },
        tmax_definition=TmaxDefinition.ARGMAX,
        attributes=a_study.attributes,
    )  # fmt: skip


@pytest.fixture(scope="session")
def a_content(a_study: StudyContent, a_lesion: LesionContent) -> SceneContent:
    """Return study and lesion as one scene holds them."""
    return SceneContent(a_study, a_lesion)


@pytest.fixture
def a_slicer(tmp_path: Path) -> Iterator[HeadlessSlicer]:
    """Return an empty Slicer; any VTK error until the end of the test fails it."""
    with vtk_errors_raised("The test failed"):
        yield headless_slicer(tmp_path)


@pytest.fixture(scope="session")
def a_scene_file(a_content: SceneContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bundle that the content was written to."""
    path = tmp_path_factory.mktemp("scene") / "scene.mrb"
    write_scene(path, a_content)
    return path


@pytest.fixture(scope="session")
def a_reopened_slicer(a_scene_file: Path, tmp_path_factory: pytest.TempPathFactory) -> HeadlessSlicer:
    """Return a second, independent Slicer into which the bundle was read without any VTK error."""
    with vtk_errors_raised("The scene cannot be read"):
        headless = headless_slicer(tmp_path_factory.mktemp("unpacked"))
        assert headless.scene.ReadFromMRB(str(a_scene_file))
    return headless


@pytest.fixture(scope="session")
def a_reopened_scene(a_reopened_slicer: HeadlessSlicer) -> Any:
    """Return the scene that was read back."""
    return a_reopened_slicer.scene


@pytest.fixture(scope="session")
def mask_of() -> Callable[[Any, str, np.ndarray], np.ndarray]:
    """Return a function that reads the mask (4, 30, 40) of a segment by its own place in the world."""
    import slicer
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    def read(node: Any, identifier: str, ijk_to_ras: np.ndarray) -> np.ndarray:
        labelmap = slicer.vtkOrientedImageData()
        assert node.GetBinaryLabelmapRepresentation(identifier, labelmap)
        mask = np.zeros((4, 30, 40), dtype=bool)
        if labelmap.IsEmpty():
            return mask
        to_world = vtk.vtkMatrix4x4()
        labelmap.GetImageToWorldMatrix(to_world)
        to_world = np.array([[to_world.GetElement(row, column) for column in range(4)] for row in range(4)])
        offset = np.linalg.solve(ijk_to_ras, to_world)
        np.testing.assert_allclose(offset[:3, :3], np.eye(3), atol=1e-6)
        left, right, front, back, low, high = labelmap.GetExtent()
        column, row, slice_ = np.round(offset[:3, 3]).astype(int)
        scalars = vtk_to_numpy(labelmap.GetPointData().GetScalars())
        mask[
            low + slice_ : high + slice_ + 1, front + row : back + row + 1, left + column : right + column + 1
        ] = scalars.reshape(labelmap.GetDimensions()[::-1]) > 0
        return mask

    return read
