"""A tiny shuttle study, prepared once: slices with their own times and a baseline of three frames."""

import pytest

from CTPerfusionLib.phantom import Phantom, head_phantom
from CTPerfusionLib.pipeline import (
    PREPARATION_STAGES,
    PipelineConfig,
    PreparedSeries,
    StageClock,
    prepare_series,
)


@pytest.fixture(scope="session")
def a_head() -> Phantom:
    return head_phantom(seed=301, size="tiny", scanner="ge-shuttle")


@pytest.fixture(scope="session")
def a_config() -> PipelineConfig:
    return PipelineConfig(method="nlr", device="cpu", normalisation="global")


@pytest.fixture(scope="session")
def a_preparation_clock() -> StageClock:
    return StageClock(stages=PREPARATION_STAGES)


@pytest.fixture(scope="session")
def a_prepared_head(a_head, a_config, a_preparation_clock) -> PreparedSeries:
    return prepare_series(a_head.series, a_config, a_preparation_clock, keep_registered=True)
