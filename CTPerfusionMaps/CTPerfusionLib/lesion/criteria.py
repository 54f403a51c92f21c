"""Imaging criteria of the thrombectomy and thrombolysis trials: research information only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrialCriteria:
    """Whether volumes and patient would have met the perfusion criteria of three trials.

    Each is None where age, NIHSS or hours that it needs are not known.
    """

    defuse3: bool | None
    dawn: bool | None
    extend: bool | None


def assess_criteria(
    core_ml: float,
    hypoperfusion_ml: float,
    *,
    age: float | None = None,
    nihss: float | None = None,
    hours: float | None = None,
) -> TrialCriteria:
    """Hold volumes against DEFUSE 3, DAWN and EXTEND.

    Parameters
    ----------
    core_ml, hypoperfusion_ml : float
        Volumes in mL; hypoperfusion includes the core.
    age : float, optional
        Years.
    nihss : float, optional
        NIH Stroke Scale, 0 to 42.
    hours : float, optional
        Since the patient was last known well.

    Notes
    -----
    DEFUSE 3 (Albers et al. 2018): 6-16 h, core < 70 mL, ratio >= 1.8, mismatch >= 15 mL.
    DAWN (Nogueira et al. 2018): 6-24 h, NIHSS >= 10 and core < 31 mL (< 21 mL from 80 years on), or under
    80 years NIHSS >= 20 and core 31 to < 51 mL.
    EXTEND (Ma et al. 2019): core < 70 mL, ratio > 1.2, mismatch > 10 mL, 4.5-9 h; it also took strokes
    noticed on awakening, so it can be assessed without a time.
    A ratio without any core is infinite.
    """
    return TrialCriteria(
        defuse3=_defuse3(core_ml, hypoperfusion_ml, hours),
        dawn=_dawn(core_ml, age, nihss, hours),
        extend=_extend(core_ml, hypoperfusion_ml, hours),
    )


def _defuse3(core_ml: float, hypoperfusion_ml: float, hours: float | None) -> bool | None:
    if hours is None:
        return None
    enough_mismatch = hypoperfusion_ml >= 1.8 * core_ml and hypoperfusion_ml - core_ml >= 15.0
    return 6.0 <= hours <= 16.0 and core_ml < 70.0 and enough_mismatch


def _dawn(core_ml: float, age: float | None, nihss: float | None, hours: float | None) -> bool | None:
    if age is None or nihss is None or hours is None:
        return None
    if not 6.0 <= hours <= 24.0 or nihss < 10:
        return False
    if age >= 80:
        return core_ml < 21.0
    return core_ml < (51.0 if nihss >= 20 else 31.0)


def _extend(core_ml: float, hypoperfusion_ml: float, hours: float | None) -> bool:
    in_time = hours is None or 4.5 <= hours <= 9.0
    enough_mismatch = hypoperfusion_ml > 1.2 * core_ml and hypoperfusion_ml - core_ml > 10.0
    return in_time and core_ml < 70.0 and enough_mismatch
