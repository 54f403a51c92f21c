"""What differs from one simulated patient of a data set to the next, drawn from the seed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import ConfigurationError
from ...phantom import SCANNER_SCHEMES, SIZES, ScannerScheme

LESION_CYCLE = ("m1", "m2", "m1", "none")
"""By the seed: three of four patients have a stroke."""

GRADES = 4
"""Grades of microangiopathy, from 0 on, equally frequent."""

NOISE = (4.5, 8.0)
"""HU; least and greatest noise of a scanner."""

STILL_SHARE = 0.2
"""Part of the patients who do not move; the others do a little."""

_STREAM = 7
"""Separates these draws from those of the head itself."""


@dataclass(frozen=True)
class HeadVariation:
    """How one simulated patient differs from the others.

    Attributes
    ----------
    seed : int
        Of the head: anatomy, vessels, bolus, course of the motion.
    scanner : ScannerScheme
        With the noise of this patient's scan.
    lesion : str
    microangiopathy : int
    motion : str
    size : str
        Of the images.
    """

    seed: int
    scanner: ScannerScheme
    lesion: str
    microangiopathy: int
    motion: str
    size: str


def head_variation(
    seed: int, schemes: Sequence[ScannerScheme], sizes: Sequence[str] = ("tiny",)
) -> HeadVariation:
    """Return the patient of a seed; the same one whatever other seeds are used.

    Parameters
    ----------
    seed : int
    schemes : sequence of ScannerScheme
        From which one is drawn; one that is named more often is drawn more often.
    sizes : sequence of str
        Likewise.
    """
    random = np.random.default_rng([_STREAM, seed])
    microangiopathy = int(random.integers(0, GRADES))
    noise = float(random.uniform(*NOISE))
    motion = "none" if random.random() < STILL_SHARE else "mild"
    scheme = schemes[int(random.integers(len(schemes)))]
    size = sizes[int(random.integers(len(sizes)))]
    return HeadVariation(
        seed=seed,
        scanner=replace(scheme, noise_hu=noise),
        lesion=LESION_CYCLE[seed % len(LESION_CYCLE)],
        microangiopathy=microangiopathy,
        motion=motion,
        size=size,
    )


def scanner_schemes(names: str | Sequence[str]) -> tuple[ScannerScheme, ...]:
    """Return schemes by name, one or several.

    Raises
    ------
    ConfigurationError
        If there is none of that name.
    """
    return tuple(SCANNER_SCHEMES[name] for name in _known(names, "scanner scheme", tuple(SCANNER_SCHEMES)))


def image_sizes(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return sizes of phantoms by name, one or several.

    Raises
    ------
    ConfigurationError
        If there is none of that name.
    """
    return _known(names, "size of phantoms", tuple(SIZES))


def _known(names: str | Sequence[str], kind: str, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = (names,) if isinstance(names, str) else tuple(names)
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        raise ConfigurationError(
            f"There is no {kind} '{unknown[0] if unknown else ''}'", f"choose one of: {', '.join(known)}"
        )
    return chosen
