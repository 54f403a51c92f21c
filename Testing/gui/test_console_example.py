"""The example for Slicer's Python console runs as it stands."""

import runpy
import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLE = REPOSITORY / "docs" / "examples" / "slicer_console.py"
MODULES = ("CTPerfusionMaps", "CorePenumbraSegment")


def test_the_example_goes_from_the_sample_head_to_segments_and_volumes(a_slicer, monkeypatch, capsys):
    import slicer

    for name in MODULES:
        a_slicer.load_module(REPOSITORY / name / f"{name}.py")
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE)])
    made = runpy.run_path(str(EXAMPLE))
    names, *rows = capsys.readouterr().out.splitlines()
    assert names == "Maps: CBF, CBV, MTT, TTP, Tmax, Delay"
    flow = slicer.util.arrayFromVolume(made["maps"]["CBF"])
    assert 15 < np.nanmedian(flow) < 80  # mL/100 g/min
    assert len(rows) == made["table"].GetNumberOfRows() > 5
    core = slicer.util.arrayFromSegmentBinaryLabelmap(made["segmentation"], "core", made["maps"]["CBF"])
    voxel_ml = abs(np.linalg.det(slicer.util.arrayFromVTKMatrix(_matrix(made["maps"]["CBF"]))[:3, :3])) / 1000
    stated = next(float(row.rsplit(" ", 1)[1]) for row in rows if "core" in row.lower())
    assert stated > 1
    assert abs(core.sum() * voxel_ml - stated) < 0.1
    assert a_slicer.dialogs.texts == []


def _matrix(volume):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix
