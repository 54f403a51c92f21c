from dataclasses import replace

import pytest

from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom
from CTPerfusionLib.phantom.kinetics import ArterialInput


@pytest.fixture(scope="session")
def a_stroke_patient() -> Phantom:
    """A noise-free, motionless patient with an M1 occlusion and box residues, tiny."""
    return head_phantom(seed=4, size="tiny", motion="none", noise=0.0)


@pytest.fixture(scope="session")
def a_patient_who_moves() -> Phantom:
    """The same patient, drifting and jerking."""
    return head_phantom(seed=4, size="tiny", motion="severe", noise=0.0)


@pytest.fixture(scope="session")
def a_patient_with_a_blocked_branch() -> Phantom:
    """An M2 occlusion on the left."""
    return head_phantom(
        seed=12, size="tiny", scanner="ge-shuttle", motion="none", noise=0.0, lesion="m2", side="left"
    )


@pytest.fixture(scope="session")
def a_healthy_head() -> Phantom:
    """No lesion, 4 HU of noise, a scanner with two table positions."""
    return head_phantom(seed=3, size="tiny", scanner="ge-shuttle", motion="none", noise=4.0, lesion="none")


@pytest.fixture(scope="session")
def the_healthy_head_without_noise() -> Phantom:
    """The same head."""
    return head_phantom(seed=3, size="tiny", scanner="ge-shuttle", motion="none", noise=0.0, lesion="none")


@pytest.fixture(scope="session")
def the_healthy_head_with_microangiopathy() -> Phantom:
    """The same head with confluent white-matter disease."""
    return head_phantom(
        seed=3, size="tiny", scanner="ge-shuttle", motion="none", noise=0.0, lesion="none", microangiopathy=3
    )


@pytest.fixture(scope="session")
def the_healthy_head_with_a_late_bolus() -> Phantom:
    """The same head in a scan of twelve frames, without noise; contrast arrives after 20 s."""
    return head_phantom(
        seed=3,
        size="tiny",
        scanner=replace(SCANNER_SCHEMES["ge-shuttle"], n_frames=12),
        motion="none",
        noise=0.0,
        lesion="none",
        arterial_input=ArterialInput(20.0, 200.0, 3.0, 1.5, 16.0, 0.2, 2.0),
    )
