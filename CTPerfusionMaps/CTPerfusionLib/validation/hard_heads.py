"""The heads that masks have to hold on, and how much may go wrong in each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..phantom import SCANNER_SCHEMES
from .altered_heads import swollen, with_face, with_metal, with_object, with_tube
from .labelled_head import FLUID, FOREIGN, GREY, LabelledHead, Mask
from .opened_heads import craniectomy
from .placed_heads import cut_off, padded, padded_air, sheared, slab, tilted, with_table

_FACE = slice(0, 10)

WHOLE_HEAD = replace(SCANNER_SCHEMES["toshiba"], name="whole-head", n_frames=10, interval=3.5)
"""A scheme that covers the whole head with few frames: masks need no more."""


@dataclass(frozen=True)
class HardHead:
    """A way to make a whole simulated head of 32 slices of 5 mm hard.

    Attributes
    ----------
    title : str
    alter : callable
    most_lost : float
        Share of grey and white matter that may be missing from the tissue.
    most_wrong : float
        What lies outside the brain or is foreign to it, and may pass for tissue, as a share of tissue.
    """

    title: str
    alter: Callable[[LabelledHead], LabelledHead]
    most_lost: float = 0.02
    most_wrong: float = 0.0005


def tissue_errors(head: LabelledHead, tissue: Mask) -> tuple[float, float]:
    """Return what is missing of grey and white matter, and what is wrongly called tissue, as shares of it."""
    true = head.tissue
    return float((true & ~tissue).sum() / true.sum()), float((tissue & head.forbidden).sum() / true.sum())


def _with_calcium(head: LabelledHead) -> LabelledHead:
    for centre, hu in (((20.0, 25.0, 0.0), 250.0), ((-20.0, 25.0, 0.0), 400.0), ((0.0, 10.0, 0.0), 150.0)):
        head = with_object(head, centre, 3.0, hu, FOREIGN)
    return with_object(head, (0.0, -50.0, 35.0), 4.0, 200.0, FOREIGN)


def _with_large_ventricles(head: LabelledHead) -> LabelledHead:
    for side in (-14.0, 14.0):
        head = with_object(head, (side, -10.0, 15.0), 16.0, 8.0, FLUID)
    return head


def _with_air(head: LabelledHead) -> LabelledHead:
    for side in (-10.0, 10.0):
        head = with_object(head, (side, -60.0, 30.0), 16.0, -1000.0, FOREIGN)
    return head


HARD_HEADS: Mapping[str, HardHead] = MappingProxyType(
    {
        "plain": HardHead("as simulated", lambda head: head),
        "chin_down": HardHead("turned by 15 degrees about x", lambda h: tilted(h, about_x=15.0), 0.035),
        "chin_up": HardHead("turned by -25 degrees about x", lambda h: tilted(h, about_x=-25.0), 0.035),
        "turned": HardHead("turned by 25 degrees about z", lambda h: tilted(h, about_z=25.0)),
        "turned_twice": HardHead("10 degrees about x and z", lambda h: tilted(h, 10.0, 10.0), 0.035),
        "gantry_tilt": HardHead("sheared by 20 degrees of gantry tilt", lambda h: sheared(h, 20.0)),
        "vertex_slab": HardHead("8 slices below the vertex", lambda h: slab(h, 20, 28)),
        "base_slab": HardHead("8 slices of the skull base", lambda h: slab(h, 3, 11)),
        "face_slab": HardHead("8 slices, orbits and sinuses", lambda h: slab(with_face(h, _FACE), 2, 10)),
        "face": HardHead("orbits and sinuses", lambda h: with_face(h, _FACE)),
        "face_chin_down": HardHead("the same, turned", lambda h: tilted(with_face(h, _FACE), 15.0), 0.035),
        "cut_off": HardHead("40 mm outside the image", lambda h: cut_off(h, 40.0)),
        "cut_off_padded": HardHead(
            "40 mm outside the field of view, -2000 HU there", lambda h: cut_off(h, 40.0, -2000.0), 0.035
        ),
        "cut_off_dark_air": HardHead(
            "25 mm outside the field of view, -1024 HU there and in air",
            lambda h: cut_off(padded_air(h), 25.0, -1024.0),
            0.08,
        ),
        "padded_1024": HardHead("round field of view, -1024 HU", lambda h: padded(h, -1024.0)),
        "padded_3024": HardHead("round field of view, -3024 HU", lambda h: padded(h, -3024.0)),
        "on_table": HardHead("touching head rest, blanket", with_table),
        "above_table": HardHead("head rest 8 mm below", lambda h: with_table(h, 8.0)),
        "hole_40": HardHead("craniectomy, 40 mm", lambda h: craniectomy(h, 40.0), most_wrong=0.02),
        "hole_90": HardHead("craniectomy, 90 mm", lambda h: craniectomy(h, 90.0), most_wrong=0.03),
        "hole_some": HardHead(
            "craniectomy, 90 mm in 8 slices of the left of the image",
            lambda h: craniectomy(h, 90.0, left=True, slices=slice(14, 22)),
            most_wrong=0.02,
        ),
        "hole_bulging": HardHead(
            "craniectomy, 70 mm, brain bulging by 12 mm", lambda h: craniectomy(h, 70.0, bulge=12.0), 0.045
        ),
        "hole_sunken": HardHead(
            "craniectomy, 80 mm, skin sunken by 15 mm", lambda h: craniectomy(h, 80.0, sunken=15.0),
            most_wrong=0.02,
        ),
        "hole_slab": HardHead(
            "8 slices with a craniectomy, 90 mm",
            lambda h: craniectomy(slab(h, 12, 20), 90.0),
            most_wrong=0.03,
        ),
        "hole_both": HardHead(
            "craniectomy of both sides, 70 mm",
            lambda h: craniectomy(craniectomy(h, 70.0), 70.0, left=True),
            most_wrong=0.04,
        ),
        "hole_front": HardHead(
            "8 slices with a craniectomy, 80 mm, in front",
            lambda h: tilted(craniectomy(slab(h, 12, 20), 80.0), about_z=-80.0),
            most_wrong=0.03,
        ),
        "hole_turned": HardHead(
            "craniectomy, 80 mm, bulging, head turned",
            lambda h: tilted(craniectomy(h, 80.0, bulge=8.0), 12.0, 12.0), 0.05, 0.002,
        ),
        "clip": HardHead("clip of 3 mm beside M1", lambda h: with_metal(h, (25.0, -15.0, -15.0))),
        "coil": HardHead("coil of 6 mm", lambda h: with_metal(h, (5.0, -15.0, -15.0), 6.0, 200.0), 0.045),
        "drain": HardHead(
            "ventricular drain", lambda h: with_tube(h, (35.0, -75.0, 45.0), (8.0, -15.0, 12.0), 1.5, 250.0)
        ),
        "dental": HardHead("dental filling", lambda h: with_metal(h, (0.0, -70.0, -60.0), 8.0, 400.0)),
        "calcium": HardHead("calcified plexus, pineal gland and falx", _with_calcium),
        "bleeding": HardHead("bleeding of 72 HU", lambda h: with_object(h, (30, 0, 10), 18.0, 72.0, GREY)),
        "dense_bleeding": HardHead(
            "bleeding of 85 HU", lambda h: with_object(h, (30, 0, 10), 18.0, 85.0, GREY)
        ),
        "old_infarct": HardHead(
            "old infarct of 18 mm radius", lambda h: with_object(h, (30, 5, 15), 18.0, 9.0, FLUID)
        ),
        "large_ventricles": HardHead("large ventricles", _with_large_ventricles),
        "swollen": HardHead("no fluid at all", swollen),
        "air": HardHead("air beneath the frontal bone", _with_air),
    }
)  # fmt: skip
"""All of them by name; the tests and the validation read this table."""
