"""Work on the cases of a public cohort, where what is wrong with a case is its row and stops no other."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, CTPerfusionError, ProcessingError
from ..io import load_series
from ..io.layouts import LAYOUTS, LESION, SERIES, CohortCase, CohortLayout
from ..pipeline import PipelineConfig
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .reference_case import Found, ReferenceCase
from .reference_maps import ReferenceMaps, read_drawn_lesion, read_reference_maps

LEAST_SHARED = 0.1
"""Share of the analysed tissue that the reference maps must show to be of the same scan."""

_LOADING = 0.15
"""Share of the time of a case."""

_TOO_LARGE = "The case needs more memory than there is; run it with fewer workers, or on a larger machine."


@dataclass(frozen=True)
class CaseTask(ABC, Generic[Found]):
    """Measures cases of one cohort.

    Attributes
    ----------
    layout_name : str
        A key of :data:`CTPerfusionLib.io.layouts.LAYOUTS`.
    config : PipelineConfig
    """

    # By its name, since a layout holds functions and cannot be sent to a worker process.
    layout_name: str
    config: PipelineConfig

    @property
    def layout(self) -> CohortLayout:
        """The layout of the cohort."""
        return LAYOUTS[self.layout_name]

    @abstractmethod
    def measure(
        self, series: PerfusionSeries, reference: ReferenceMaps, on_progress: ProgressCallback
    ) -> Found:
        """Return what there is to say of a scan and its reference maps."""

    def lesion_reference(self, reference: ReferenceMaps) -> Mapping[str, NDArray[np.float32]]:
        """Return the reference maps with, as ``Tmax``, the one that stands for it in this cohort."""
        return {**reference.maps, "Tmax": reference.maps[self.layout.late_map]}

    def __call__(
        self,
        work: tuple[ReferenceCase[Found], CohortCase],
        on_progress: ProgressCallback = ignore_progress,
    ) -> ReferenceCase[Found]:
        """Return a case with what was measured, or with why that failed.

        Parameters
        ----------
        work : tuple of ReferenceCase and CohortCase
            The case without result, and its files.
        on_progress : callable

        Raises
        ------
        ConfigurationError
            What is wrong with the configuration would be wrong with every case.
        """
        case, files = work
        lack = files.lack_of(*self.layout.needed)
        if lack:
            return replace(case, failure=f"{lack[0].upper()}{lack[1:]}.")
        on_progress(0.0)
        try:
            series = self._series(files, part_of(on_progress, 0.0, _LOADING))
            # Before the long work, which a map that cannot be used would waste.
            reference = self._reference(files, series)
            found = self.measure(series, reference, part_of(on_progress, _LOADING, 1.0))
            return replace(case, agreement=found)
        except ConfigurationError:
            raise
        except (CTPerfusionError, OSError) as error:
            return replace(case, failure=str(error))
        except MemoryError:
            return replace(case, failure=_TOO_LARGE)

    def _reference(self, files: CohortCase, series: PerfusionSeries) -> ReferenceMaps:
        maps = read_reference_maps(files.reference_maps, series)
        if LESION not in files.files:
            return maps
        return replace(maps, drawn=read_drawn_lesion(files.files[LESION], series))

    def _series(self, files: CohortCase, on_progress: ProgressCallback) -> PerfusionSeries:
        """Load the scan, with the times of its files where the cohort's have them."""
        interval = self.config.frame_interval or self.layout.frame_interval
        return load_series(files.files[SERIES], frame_interval=interval, on_progress=on_progress)


def common_tissue(tissue: NDArray[np.bool_], shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return analysed tissue that the reference maps show, both of shape (Z, Y, X).

    Raises
    ------
    ProcessingError
        If that is too little to be of the same scan.
    """
    common = tissue & shown
    shared = float(np.count_nonzero(common) / max(int(np.count_nonzero(tissue)), 1))
    if shared < LEAST_SHARED:
        raise ProcessingError(
            f"The reference maps show {shared:.0%} of the brain tissue of the scan",
            "check that maps and scan are of one patient and lie in one space",
        )
    return common
