"""The head at rest on the fine grid: HU without contrast, and every voxel that contrast reaches."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, reported
from .anatomy import HeadAnatomy, soft_share
from .head_pose import HeadPose
from .kinetics import KAPPA, RHO
from .lesion_field import LesionField
from .microangiopathy import HU_CHANGE
from .perfusion import TissueState, perfuse
from .sampling_grid import SamplingGrid
from .scalar_field import ScalarField, smooth_step
from .vessel_raster import VesselRaster

GREY_HU, WHITE_HU, FLUID_HU, BLOOD_HU, CLOT_HU, AIR_HU = 37.0, 29.0, 8.0, 42.0, 62.0, -1000.0
TABLE_HU, DIPLOE_HU, MUSCLE_HU, FAT_HU, SKIN_HU = 1350.0, 750.0, 55.0, -95.0, 40.0
SQUAMA, THINNEST_SCALP = 3.2, 3.0
"""mm; thinnest bone, and thinnest skin with fat over it."""

FALX_HU, FALX_HALF_WIDTH, FALX_DEPTH = 38.0, 1.1, (18.0, 40.0)
"""HU that the falx adds in its middle, its half width in mm, and its depth in mm in front and behind."""

TEXTURE_HU = 2.0
"""HU by which the texture changes tissue at its extremes."""

LESION_HU = -2.5
"""HU; early swelling of the core."""

CUPPING_HU, CUPPING_DEPTH = 2.5, 7.0
"""HU that beam hardening adds beneath the skull, and mm over which that fades."""


@dataclass(frozen=True, eq=False)
class Enhancing:
    """Fine voxels that contrast reaches, in ascending order; arrays of shape (N,).

    Attributes
    ----------
    voxels : ndarray of int64
        Flat indices into the fine grid.
    weight : ndarray of float32
        Blood volume as a fraction of the voxel.
    mtt, delay : ndarray of float32
        s.
    """

    voxels: NDArray[np.int64]
    weight: NDArray[np.float32]
    mtt: NDArray[np.float32]
    delay: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class HeadModel:
    """One head at rest on the fine grid.

    Attributes
    ----------
    baseline : ndarray of float32, shape (Z, Y, X) of the fine grid
        HU without contrast.
    tissue, vessels : Enhancing
        Vessel voxels are a subset of the tissue's voxels (whose weight may be zero).
    cbf, cbv, penumbra : ndarray of float32, shape (N,)
        Of the tissue voxels: mL/100 g/min, mL/100 g, severity.
    fractions : mapping of str to ndarray of float32, shape (Z, Y, X) of the scanner grid
        Volume fractions of scalp, skull, fluid, grey, white, artery and vein.
    """

    baseline: NDArray[np.float32]
    tissue: Enhancing
    vessels: Enhancing
    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    penumbra: NDArray[np.float32]
    fractions: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class HeadFields:
    """All fields in template space from which a head is built; `lesion` is None in a healthy head."""

    anatomy: HeadAnatomy
    lesion: LesionField | None
    microangiopathy: ScalarField
    posterior: ScalarField
    wander: ScalarField


def build_head(
    fields: HeadFields,
    pose: HeadPose,
    vessels: VesselRaster,
    grid: SamplingGrid,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> HeadModel:
    """Return the head of `fields` in the given pose, built fine slice by fine slice."""
    depth, rows, columns = grid.fine_shape
    baseline = np.full(grid.fine_shape, AIR_HU, np.float32)
    fractions = {
        name: np.zeros(grid.fine_shape, np.float16) for name in ("scalp", "skull", "fluid", "grey", "white")
    }
    parts = []

    def build(index: int) -> _BuiltSlice:
        return _build_slice(fields, pose, vessels.fraction[index].ravel(), grid.fine_points(index))

    threads = ThreadPoolExecutor()
    try:
        for index, built in zip(
            reported(range(depth), on_progress), threads.map(build, range(depth)), strict=True
        ):
            baseline[index].ravel()[built.inside] = built.hu
            for name, values in built.fractions.items():
                fractions[name][index].ravel()[built.inside] = values
            parts.append(built.shifted(index * rows * columns))
    finally:
        threads.shutdown(cancel_futures=True)
    return _assemble(parts, baseline, fractions, vessels, grid)


@dataclass(frozen=True, eq=False)
class _BuiltSlice:
    """One fine slice: `inside` are the flat pixels of the head, `voxels` those with tissue or vessel."""

    inside: NDArray[np.int64]
    hu: NDArray[np.float32]
    fractions: dict[str, NDArray[np.float32]]
    voxels: NDArray[np.int64]
    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    delay: NDArray[np.float32]
    penumbra: NDArray[np.float32]

    def shifted(self, offset: int) -> "_BuiltSlice":
        return _BuiltSlice(
            self.inside[:0],
            self.hu[:0],
            {},
            self.voxels + offset,
            self.cbf,
            self.cbv,
            self.delay,
            self.penumbra,
        )


def _build_slice(
    fields: HeadFields, pose: HeadPose, vessel: NDArray[np.float32], points: NDArray[np.float32]
) -> _BuiltSlice:
    anatomy = fields.anatomy
    template = pose.to_template(points)
    distance = anatomy.hull_distance.at(template)
    inside = np.flatnonzero(np.minimum(distance, anatomy.outline_distance.at(template)) < 28.0)
    template, distance, vessel = template[inside], distance[inside], vessel[inside]
    layers = _layers(anatomy, template, distance)
    brain = layers["brain"]
    solid = brain * smooth_step(anatomy.ventricle_distance.at(template) - anatomy.ventricle_growth, -1.5, 1.5)
    grey, white = anatomy.grey.at(template) * solid, anatomy.white.at(template) * solid
    texture = anatomy.texture.at(template)
    free = 1.0 - vessel
    fractions = {
        "scalp": layers["scalp"] * free,
        "skull": layers["skull"] * free,
        "fluid": (brain - grey - white + layers["rim"]) * free,
        "grey": grey * free,
        "white": white * free,
    }
    chosen = np.flatnonzero((grey + white > 0.02) | (vessel > 0.0))
    state = _tissue_state(fields, template[chosen], grey[chosen], white[chosen], texture[chosen])
    perfusion = perfuse(state)
    hu = GREY_HU * grey + WHITE_HU * white + FLUID_HU * (brain - grey - white + layers["rim"])
    hu += (TEXTURE_HU * texture * -(grey + white)).astype(np.float32)
    hu += CUPPING_HU * np.exp(np.minimum(distance, 0.0) / CUPPING_DEPTH) * (brain + layers["rim"])
    hu[chosen] += (
        LESION_HU * state.core * (grey + white)[chosen] + HU_CHANGE * state.microangiopathy * white[chosen]
    )
    hu += layers["hu"] + _dense_spots(anatomy, template, distance, brain - grey - white)
    share = free[chosen] * (grey + white > 0.02)[chosen]
    return _BuiltSlice(
        inside=inside,
        hu=np.asarray(hu * free + BLOOD_HU * vessel, dtype=np.float32),
        fractions={name: np.asarray(values, np.float32) for name, values in fractions.items()},
        voxels=inside[chosen],
        cbf=perfusion.cbf * share,
        cbv=perfusion.cbv * share,
        delay=perfusion.delay,
        penumbra=state.penumbra,
    )


def _layers(
    anatomy: HeadAnatomy, template: NDArray[np.float32], distance: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Return the shares of brain, rim, skull and scalp, and the HU of what lies outside the brain."""
    into_bone = distance - anatomy.rim_thickness.at(template)
    thickness = anatomy.skull_thickness.at(template)
    soft = soft_share(template)
    vault = anatomy.outline_distance.at(template) - (distance - into_bone) - thickness
    # The vault is smooth outside; in the temporal fossa and at the base thin bone follows the brain and
    # muscle fills the gap.
    out_of_bone = np.minimum((1.0 - soft) * vault + soft * (into_bone - SQUAMA), into_bone - SQUAMA)
    out_of_skin = np.minimum(vault - anatomy.scalp_thickness.at(template), out_of_bone - THINNEST_SCALP)
    in_head = 1.0 - smooth_step(out_of_skin, -0.6, 0.6)
    outside_bone = smooth_step(out_of_bone, -0.6, 0.6)
    outside_rim = smooth_step(into_bone, -0.6, 0.6)
    brain = 1.0 - smooth_step(distance, -0.6, 0.6)
    diploe = smooth_step(into_bone, 1.2, 2.4) * (1.0 - smooth_step(out_of_bone, -2.6, -1.4))
    skull = outside_rim * (1.0 - outside_bone)
    scalp = outside_bone * in_head
    fat = smooth_step(np.minimum(out_of_bone, vault), 0.6, 1.6) * (1.0 - smooth_step(out_of_skin, -2.4, -1.4))
    hu = skull * (TABLE_HU + (DIPLOE_HU - TABLE_HU) * diploe)
    hu = hu + scalp * (MUSCLE_HU + (FAT_HU - MUSCLE_HU) * fat) + AIR_HU * (1.0 - in_head)
    return {"brain": brain, "rim": (1.0 - outside_rim) - brain, "skull": skull, "scalp": scalp, "hu": hu}


def _dense_spots(
    anatomy: HeadAnatomy,
    template: NDArray[np.float32],
    distance: NDArray[np.float32],
    fluid: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the HU that calcifications and the falx, which lies in fluid, add."""
    x, y, _ = template.T
    depth = FALX_DEPTH[0] + (FALX_DEPTH[1] - FALX_DEPTH[0]) * smooth_step(-y, 10.0, 60.0)
    falx = np.exp(-((x / FALX_HALF_WIDTH) ** 2)) * (1.0 - smooth_step(-distance / depth, 0.8, 1.0))
    hu = FALX_HU * falx * fluid
    for spot in anatomy.calcifications:
        away = np.linalg.norm(template - np.array(spot.centre, np.float32), axis=1)
        hu = hu + spot.hu * (1.0 - smooth_step(away, spot.radius - 0.8, spot.radius + 0.8))
    return np.asarray(hu, dtype=np.float32)


def _tissue_state(
    fields: HeadFields,
    template: NDArray[np.float32],
    grey: NDArray[np.float32],
    white: NDArray[np.float32],
    texture: NDArray[np.float32],
) -> TissueState:
    nothing = np.zeros_like(grey)
    lesion = fields.lesion
    return TissueState(
        grey=grey,
        white=white,
        texture=texture,
        posterior=fields.posterior.at(template),
        wander=fields.wander.at(template),
        penumbra=nothing if lesion is None else lesion.penumbra.at(template),
        core=nothing if lesion is None else lesion.core.at(template),
        depth=nothing if lesion is None else lesion.depth.at(template),
        microangiopathy=fields.microangiopathy.at(template),
    )


def _assemble(
    parts: list[_BuiltSlice],
    baseline: NDArray[np.float32],
    fractions: dict[str, NDArray[np.float16]],
    vessels: VesselRaster,
    grid: SamplingGrid,
) -> HeadModel:
    voxels = np.concatenate([part.voxels for part in parts])
    cbf, cbv, delay, penumbra = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("cbf", "cbv", "delay", "penumbra")
    )
    mtt = 60.0 * cbv / np.maximum(cbf, 1e-3)
    tissue = Enhancing(voxels, np.asarray(RHO / KAPPA / 100.0 * cbv, np.float32), mtt, delay)
    baseline.ravel()[vessels.clot_voxels] += (CLOT_HU - BLOOD_HU) * vessels.clot_fraction
    averages = {name: grid.averaged(values) for name, values in fractions.items()}
    averages["artery"] = vessels.averaged("artery", grid)
    averages["vein"] = vessels.averaged("vein", grid)
    blood = Enhancing(vessels.voxels, vessels.weight, vessels.transit, vessels.delay)
    return HeadModel(baseline, tissue, blood, cbf, cbv, penumbra, averages)
