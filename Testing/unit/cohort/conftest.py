"""A tiny head, run through the pipeline as a cohort runs its studies."""

from pathlib import Path

import pytest

from CTPerfusionLib.phantom import head_phantom, write_phantom
from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig, run_study


@pytest.fixture(scope="session")
def cohort_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a cohort with the result of one study, ``studies/head``.

    Motion is not corrected and noise not filtered, which takes most of the time and is told in findings.
    """
    folder = tmp_path_factory.mktemp("cohort")
    write_phantom(head_phantom(seed=31, size="tiny", motion="none"), folder / "phantom", format="nifti")
    config = PipelineConfig(
        method="bsvd", registration="none", filter="none", core_volume_model=NO_CORE_VOLUME_MODEL
    )
    run_study(folder / "phantom" / "study", folder / "studies" / "head", config)
    return folder
