"""A head with a lesion on the patient's left, with maps, curves and a summary as a run gives them."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from CTPerfusionLib.io import StudyDescription
from CTPerfusionLib.kinetics import FitStatus
from CTPerfusionLib.lesion import LesionAnalysis, SymmetryPlane, load_protocol, prepare_lesion, segment
from CTPerfusionLib.report import HeadMotion, ReportContent, explore_thresholds
from CTPerfusionLib.series import EnhancementCurve, Finding, Severity, TimeSource


def head_content(slices: int = 8, size: int = 96) -> ReportContent:
    """Return a study whose stored columns run from the patient's right to left, rows from front to back."""
    z, y, x = np.mgrid[:slices, :size, :size].astype(float)
    right_to_left = (x - size / 2) / (0.36 * size)
    front_to_back = (y - size / 2) / (0.44 * size)
    radius = np.hypot(right_to_left, front_to_back)
    brain = radius < 0.86
    grey = brain & (radius > 0.7)
    ventricle = np.hypot((np.abs(right_to_left) - 0.14) / 0.09, front_to_back / 0.28) < 1
    tissue = brain & ~ventricle
    hypoperfusion = tissue & (np.hypot((right_to_left - 0.5) / 0.3, front_to_back / 0.42) < 1)
    core = hypoperfusion & (np.hypot((right_to_left - 0.5) / 0.16, front_to_back / 0.22) < 1)
    core &= z < slices * 0.75
    penumbra = hypoperfusion & ~core

    cbf = np.where(grey, 53.0, 25.0)
    cbf[penumbra] *= 0.55
    cbf[core] = 4.0
    cbv = np.where(grey, 3.3, 1.9)
    cbv[core] = 0.6
    delay = np.where(hypoperfusion, 5.0, 0.6)
    mtt = 60 * cbv / cbf
    tmax = delay + mtt / 2
    dead = core & (np.abs(right_to_left - 0.5) < 0.06)
    maps = {
        "CBF": np.where(dead, 0, cbf),
        "CBV": np.where(dead, 0, cbv),
        "MTT": np.where(dead, np.nan, mtt),
        "TTP": np.where(dead, np.nan, tmax),
        "Tmax": np.where(dead, np.nan, tmax),
        "Delay": np.where(dead, np.nan, delay),
        "rCBF_global": np.where(dead, 0, cbf / 30),
        "rCBF_local": np.where(dead, 0, cbf / 31),
        "rCBV_global": np.where(dead, 0, cbv / 2.2),
    }
    status = np.where(tissue, FitStatus.OK, FitStatus.OUTSIDE).astype(np.uint8)
    status[dead] = FitStatus.NO_ENHANCEMENT
    status[1, size // 2, size // 4] = FitStatus.POOR_FIT
    quality = {
        "r_squared": np.where(hypoperfusion, 0.91, 0.98),
        "standard_error_CBF": 0.05 * cbf * np.where(hypoperfusion, 4.0, 1.0),
        "standard_error_MTT": np.where(dead, np.nan, 0.07 * mtt),
        "standard_error_TTP": np.where(hypoperfusion, 0.36, 0.12),
    }
    noise = np.random.default_rng(0).normal(0, 2, brain.shape)
    baseline = np.select(
        [ventricle, brain, radius < 0.97, radius < 1], [10, np.where(grey, 37, 30), 900, 30], -1000
    )
    times = np.arange(0, 44.5, 0.5)
    bolus = np.clip(times - 8, 0, None) ** 3 * np.exp(-np.clip(times - 8, 0, None) / 1.6)
    bolus /= bolus.max()
    artery = np.array(
        [[size // 2 - 8, size // 2 - 4, 1], [size // 2 - 7, size // 2 - 4, 1], [size // 2, 30, 2]]
    )
    vein = np.array([[size // 2, int(0.9 * size), 3]])
    ijk_to_ras = np.diag([-240 / size, -240 / size, 5.0, 1.0])
    ijk_to_ras[:3, 3] = [120, 120, -10]
    return ReportContent(
        scan=StudyDescription(
            n_frames=89,
            n_slices=slices,
            rows=size,
            columns=size,
            duration=44.0,
            interval=0.5,
            has_slice_times=False,
            pixel_spacing=(2.0, 2.0),
            slice_spacing=5.0,
            coverage=5.0 * slices,
            kvp=80.0,
            manufacturer="GE",
            model="VCT",
            time_source=TimeSource.ACQUISITION_TIME,
            findings=(),
        ),
        baseline=(baseline + noise).astype(np.float32),
        ijk_to_ras=ijk_to_ras,
        maps={name: np.where(tissue, values, np.nan).astype(np.float32) for name, values in maps.items()},
        quality={name: np.where(tissue, values, np.nan) for name, values in quality.items()},
        status=status,
        tissue=tissue,
        masks={"core": core, "penumbra": penumbra, "hypoperfusion": hypoperfusion},
        curves=(
            EnhancementCurve("AIF", times, 310 * bolus, artery),
            EnhancementCurve("VOF", times, 420 * np.roll(bolus, 9), vein),
            EnhancementCurve("tissue", times, 6 * np.roll(bolus, 5)),
        ),
        motion=HeadMotion(
            frame_times=times,
            motion=np.cumsum(np.random.default_rng(1).normal(0, 0.05, (1, 89, 6)), axis=1),
            used=np.arange(89) != 40,
            residual=np.where(np.arange(89) == 40, 2.5, 0.2),
            reference="Reference: frame 1. It is the first frame.",
            rejections=("Frame 41 differs from the reference frame too much after correction.",),
        ),
        findings=(
            Finding("info-note", Severity.INFO, "The scan covers 40 mm.", "Volumes hold for it."),
            Finding("late-end", Severity.WARNING, "The scan ends early.", "Read late times so.", 0.41, 0.3),
        ),
        summary={
            "volumes_ml": {
                "core_global": 23.46, "core_local": 31.51, "hypoperfusion": 78.9, "penumbra": 55.44,
                "tmax_4": 142.2, "tmax_6": 78.9, "tmax_8": 44.04, "tmax_10": 9.96,
                "rcbf_20": 12.3, "rcbf_30": 23.46, "rcbf_34": 27.7, "rcbf_38": 0.0,
            },
            "mismatch_ratio": 3.363,
            "hypoperfusion_intensity_ratio": 0.126,
            "cbv_index": 0.871,
            "affected_hemisphere": "left",
            "criteria": {"defuse3": True, "dawn": None, "extend": False},
            "tmax_definition": "centre",
            "quality": [],
        },
        counted_core="global",
        protocol=load_protocol(),
        stages={"load": 4.2, "register": 31.0, "maps": 9.9},
        parameters={"method": "nlr", "normalisation": "both", "protocol": "rapid-like", "seed": 0},
        version="0.1.0",
    )  # fmt: skip


@pytest.fixture(scope="session")
def a_study() -> ReportContent:
    """Return a small study with a core on the patient's left."""
    return head_content()


@pytest.fixture(scope="session")
def a_study_without_core(a_study: ReportContent) -> ReportContent:
    """Return the same study without a core and without an affected side."""
    nothing = np.zeros_like(a_study.tissue)
    volumes = dict.fromkeys(a_study.summary["volumes_ml"], 0.0)
    return replace(
        a_study,
        masks=dict.fromkeys(a_study.masks, nothing),
        summary={
            **a_study.summary,
            "volumes_ml": volumes,
            "mismatch_ratio": None,
            "hypoperfusion_intensity_ratio": None,
            "cbv_index": None,
            "affected_hemisphere": "none",
            "criteria": {"defuse3": False, "dawn": None, "extend": None},
        },
        findings=(),
    )


@pytest.fixture(scope="session")
def an_analysis(a_study: ReportContent) -> LesionAnalysis:
    """Return core and hypoperfusion of the study as the library cuts them from its maps."""
    given = {name: values for name, values in a_study.maps.items() if not name.startswith("rC")}
    protocol = load_protocol()
    prepared = prepare_lesion(
        given, a_study.tissue, None, a_study.ijk_to_ras,
        reference_tmax_at_most=protocol.reference_tmax_at_most,
        local=False, plane=SymmetryPlane(np.array([1.0, 0.0, 0.0]), 0.0),
    )  # fmt: skip
    right_to_left = np.linspace(1.2, 0.8, a_study.tissue.shape[2], dtype=np.float32)
    local = prepared.rcbf_global.map * right_to_left
    maps = MappingProxyType({**prepared.maps, "rCBF_local": local})
    return segment(replace(prepared, rcbf_local=local, maps=maps), protocol)


@pytest.fixture(scope="session")
def a_movable_study(a_study: ReportContent, an_analysis: LesionAnalysis) -> ReportContent:
    """Return the study with the segments of the library at all thresholds."""
    volumes, segmentation = an_analysis.volumes, an_analysis.segmentation
    return replace(
        a_study,
        maps={
            **a_study.maps,
            **{name: an_analysis.maps.maps[name] for name in ("rCBF_global", "rCBF_local")},
        },
        masks={name: getattr(segmentation, name) for name in ("core", "penumbra", "hypoperfusion")},
        summary={
            **a_study.summary,
            "volumes_ml": {name: round(value, 2) for name, value in volumes.volumes_ml.items()},
            "volumes_raw_ml": {name: round(1.1 * value, 2) for name, value in volumes.volumes_ml.items()},
            "mismatch_ratio": round(volumes.mismatch_ratio, 3),
        },
        what_if=explore_thresholds(an_analysis),
    )
