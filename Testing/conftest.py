"""Which examples property-based tests are given, how many threads torch has, networks of known answers."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The same ones each time, so that the suite says of a commit the same thing whenever it runs;
# `make validate` draws new ones.
# Time is shown by benchmarks: how long an example takes on a shared machine says nothing about the code.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile("searching", deadline=None)
settings.load_profile("repeatable")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give torch the number of threads that OMP_NUM_THREADS says, before fixtures and test.

    A parallel numba kernel sets it to the number of cores for all of OpenMP. Where the tests share the cores,
    the threads of torch then wait for each other: a short training took up to twenty times as long.
    """
    number, torch = os.environ.get("OMP_NUM_THREADS"), sys.modules.get("torch")
    if number and torch:
        torch.set_num_threads(int(number))


@pytest.fixture(scope="session")
def save_constant_model() -> Callable[..., Path]:
    """Give a function that saves a network which shows the same everywhere.

    ``save_constant_model(folder, CBF=25.0, TTP=3.0, name="constant", **card)`` returns the path of its
    weights; `card` replaces fields of its card.
    """
    import torch

    from CTPerfusionLib.networks import MAP_TARGETS, InputSettings, ModelCard, build_network, save_model

    def save(folder: Path, name: str = "constant", card: dict | None = None, **values: float) -> Path:
        settings = InputSettings()
        network = build_network("bolus-unet", settings, tuple(values))
        targets = tuple(MAP_TARGETS[each] for each in values)
        shares = [value / target.high for value, target in zip(values.values(), targets, strict=True)]
        with torch.no_grad():
            network.last.weight.zero_()
            network.last.bias.copy_(torch.logit(torch.tensor(shares)))
        fields = {"limits": ("It shows the same everywhere.",), "trained_on_phantoms": True, **(card or {})}
        save_model(folder, network, ModelCard(name, "A constant", "bolus-unet", targets, settings, **fields))
        return folder / f"{name}.safetensors"

    return save


@pytest.fixture(scope="session")
def save_core_volume_ensemble() -> Callable[..., Path]:
    """Give a function that saves two small networks which say whether the core is large.

    ``save_core_volume_ensemble(folder, name="tiny-core", probabilities=(0.9, 0.94), **card)`` returns the
    path of their weights; `card` replaces fields of their card. Without probabilities they say what their
    random weights say, the same each time.
    """
    import torch

    from CTPerfusionLib.networks import AcceptedSeries
    from CTPerfusionLib.networks.core_volume import (
        CoreVolumeArchitecture,
        CoreVolumeCard,
        CoreVolumeInputSettings,
        Standardisation,
        build_core_volume_network,
        save_core_volume_model,
    )

    def save(
        folder: Path, name: str = "tiny-core", probabilities: tuple[float, ...] | None = None, **card: object
    ) -> Path:
        torch.manual_seed(0)
        architecture = CoreVolumeArchitecture()
        networks = [build_core_volume_network(architecture) for _ in probabilities or range(2)]
        for network, probability in zip(networks, probabilities or (), strict=False):
            with torch.no_grad():
                network.last.weight.zero_()
                network.last.bias.copy_(torch.logit(torch.tensor([probability])))
        fields = {
            "input": CoreVolumeInputSettings(n_frames=8, interval=1.5, size=16),
            "standardisation": Standardisation(40.0, 30.0),
            "threshold_ml": 32.4,
            "accepted": AcceptedSeries(pixel_size=(0.3, 5.0)),
            "trained_on_phantoms": True,
            **card,
        }
        title = "Two networks (trained on simulated heads only)"
        written = CoreVolumeCard(name, title, architecture, n_members=len(networks), **fields)
        save_core_volume_model(folder, networks, written)
        return folder / f"{name}.safetensors"

    return save


@pytest.fixture(scope="session")
def cohort_rows() -> Callable[[int], list]:
    """Give a function that returns rows of a cohort as one has them: most done, some failed or duplicates.

    ``cohort_rows(count)`` returns the same rows each time, named ``ct-0001`` and so on, with reports in
    folders of their names.
    """
    import numpy as np

    from CTPerfusionLib.cohort.columns import RESULT_COLUMNS, Kind
    from CTPerfusionLib.cohort.study_row import StudyRow, StudyStatus
    from CTPerfusionLib.series import Finding, Severity

    plain = {Kind.TEXT: "text", Kind.NUMBER: 1.0, Kind.COUNT: 1, Kind.FLAG: None}
    refusal = ("The series has 3 frames, which is no perfusion series", "give the whole series")

    def findings(random: np.random.Generator) -> tuple[Finding, ...]:
        interval, moved = random.uniform(3.1, 4.5), random.uniform(3.0, 9.0)
        possible = (
            (0.02, Finding("no_bolus", Severity.ERROR, "No contrast is seen.", "Do not use the maps.")),
            (0.1, Finding(
                "slow_sampling", Severity.WARNING, f"Frames are {interval:.1f} s apart, more than 3 s, so "
                "timing maps and CBF are coarse.", "Use a protocol with at most 3 s between frames.",
            )),
            (0.3, Finding(
                "motion_corrected", Severity.INFO, f"The head moved by up to {moved:.1f} mm, more than 3 mm, "
                "and was put back in place.", "Look at the motion plot and at the maps near bone.",
            )),
            (0.5, Finding(
                "thin_slab", Severity.INFO, "The scan covers 40 mm of the head, less than 80 mm; volumes "
                "count only the tissue inside.",
                "Do not compare the volumes with those of whole-brain scans.",
            )),
        )  # fmt: skip
        return tuple(finding for share, finding in possible if random.random() < share)

    def done(study: str, random: np.random.Generator) -> StudyRow:
        found = findings(random)
        core = round(float(random.gamma(1.2, 22.0)), 2) if random.random() > 0.2 else 0.0
        penumbra = round(float(random.gamma(2.0, 35.0)), 2)
        late = round(core + penumbra, 2)
        known = {
            "affected_hemisphere": str(random.choice(["left", "right"])),
            "core_ml": core,
            "counted_core": "global",
            "hypoperfusion_ml": late,
            "penumbra_ml": penumbra,
            "mismatch_ratio": round(late / core, 3) if core else None,
            "extend": bool(core < 70 and late > 1.2 * core and penumbra > 10),
            "tmax_definition": "centre",
            "findings": ";".join(finding.code for finding in found) or None,
            "n_warnings": sum(finding.severity is Severity.WARNING for finding in found),
            "n_errors": sum(finding.severity is Severity.ERROR for finding in found),
            "method": "bayes",
            "protocol": "rapid-like",
            "normalisation": "both",
            "version": "0.1.0",
            "seconds": round(float(random.normal(41.0, 6.0)), 3),
            "report": f"{study}/report.html",
        }
        values = {column.name: known.get(column.name, plain[column.kind]) for column in RESULT_COLUMNS}
        return StudyRow(
            study,
            StudyStatus.DONE,
            values=values | {"mismatch_ratio": known["mismatch_ratio"]},
            findings=found,
        )

    def rows(count: int) -> list[StudyRow]:
        random = np.random.default_rng(7)
        made = []
        for number in range(1, count + 1):
            study = f"ct-{number:04d}"
            if number % 13 == 0:
                made.append(StudyRow(study, StudyStatus.FAILED, *refusal))
            elif number % 29 == 0:
                reason = "The images are those of the study ct-0001"
                made.append(StudyRow(study, StudyStatus.DUPLICATE, reason, "remove one of both"))
            else:
                made.append(done(study, random))
        return made

    return rows
