"""Perfusion maps, core and penumbra from 3D Slicer's Python console. Research use only.

Paste it into the console, or run ``Slicer --python-script slicer_console.py FOLDER`` with a folder that holds
a CT perfusion scan as DICOM files; without a folder the sample head is simulated.
"""

import sys

from CorePenumbraSegment import CorePenumbraSegmentLogic
from CTPerfusionMaps import CTPerfusionMapsLogic
from CTPerfusionMapsLib.sampleData import addSampleHead

# In: one sequence node whose index is time in seconds.
mapsLogic = CTPerfusionMapsLogic()
sequence = mapsLogic.loadStudy(sys.argv[1]) if len(sys.argv) > 1 else addSampleHead()

# Through: volume nodes by the names of the maps. Every field of PipelineConfig can be given.
maps = mapsLogic.computeMaps(sequence, method="bayes")
print("Maps:", ", ".join(maps))

# Out: segments and a table of their volumes.
segmentation, table = CorePenumbraSegmentLogic().segment(maps["CBF"], maps["Tmax"], protocol="rapid-like")
for row in range(table.GetNumberOfRows()):
    print(table.GetCellText(row, 0), table.GetCellText(row, 1))
