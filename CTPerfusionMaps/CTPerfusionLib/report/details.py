"""The details of a report, in the order in which one asks for them."""

from typing import Any

from . import wording
from .content import ReportContent
from .document import Block, Items, Picture, Plot, Section, Table, Text
from .fit_table import fit_note, fit_rows, fit_title
from .pictures import Mosaic, core_comparison, core_volume_picture, vessel_picture
from .plots import curve_plot, motion_plot


def detail_sections(content: ReportContent, mosaic: Mosaic) -> tuple[Section, ...]:
    """Return the sections that follow the first page."""
    candidates = (
        _cores(content, mosaic),
        _all_slices(mosaic),
        _volumes(content),
        _criteria(content),
        _classifier(content),
        _curves(content),
        _motion(content),
        _fits(content),
        _tmax(content),
        _method(content),
        _stages(content),
    )
    return tuple(section for section in candidates if section is not None)


def _all_slices(mosaic: Mosaic) -> Section | None:
    if mosaic.all_slices is None:
        return None
    caption = "Baseline CT with the outlines of core and penumbra, from the lowest slice to the highest."
    return Section(
        "slices", "All slices", (Picture("Baseline CT", caption, mosaic.all_slices),), is_wide=True
    )


def _volumes(content: ReportContent) -> Section:
    raw = content.summary.get("volumes_raw_ml")
    volumes = wording.threshold_rows(content.summary)
    header = ("Volume", "Cleaned, mL", "Before cleaning, mL") if raw is not None else ("Volume", "mL")
    rows = tuple((title, cleaned, before)[: len(header)] for title, cleaned, before in volumes)
    ratios = tuple(
        (title, wording.ratio_text(key, content.summary)) for key, title in wording.RATIO_TITLES.items()
    )
    return Section(
        "volumes",
        "Volumes and ratios",
        (
            Table("Volumes", header, rows, numbers=(1, 2)),
            Text(wording.CLEANING_NOTE),
            Table("Ratios", ("Ratio", ""), ratios, numbers=(1,)),
        ),
    )


def _cores(content: ReportContent, mosaic: Mosaic) -> Section | None:
    """Return both cores side by side, where flow is relative and both references were used."""
    volumes = content.summary["volumes_ml"]
    by_global, by_local = volumes.get("core_global"), volumes.get("core_local")
    if by_global is None or by_local is None or not content.protocol.core_is_relative:
        return None
    rows = (
        ("Global: relative to normal tissue", wording.volume_text(by_global)),
        ("Local: relative to the mirrored side", wording.volume_text(by_local)),
        ("Difference, global minus local", wording.difference_text(by_global, by_local)),
    )
    blocks: list[Block] = [Table("Cores by reference", ("Core", "mL"), rows, numbers=(1,))]
    if content.what_if is not None and len(content.what_if.cores) > 1:
        pixels = core_comparison(content, content.what_if, mosaic.slices)
        titles = (
            "Upper row: core by the global reference on its map; middle: by the local one; lower: both on CT."
        )
        blocks.append(Picture("Both cores", f"{titles} {wording.COMPARISON_NOTE}", pixels))
    return Section("cores", "Global and local core", tuple(blocks), is_wide=len(blocks) > 1)


def _criteria(content: ReportContent) -> Section:
    rows = tuple(
        (title, wording.criterion_text(content.summary["criteria"][key]))
        for key, title in wording.CRITERIA_TITLES.items()
    )
    return Section(
        "criteria",
        "Perfusion criteria of trials",
        (Table("Criteria", (), rows), Text(wording.CRITERIA_CAUTION)),
    )


def _classifier(content: ReportContent) -> Section | None:
    """Return what a core-volume network says beside what was measured, or why it says nothing."""
    title = "Core volume by a network"
    answer = content.summary.get("core_volume_classifier")
    if answer is None:
        reasons = [each for each in content.findings if each.code == wording.NOT_JUDGED]
        texts = [Text(f"{each.message} {each.remedy}", is_note=False) for each in reasons]
        return Section("classifier", title, tuple(texts)) if texts else None
    measured = content.summary["volumes_ml"].get(f"core_{content.counted_core}")
    blocks: list[Block] = [Table(title, (), wording.classifier_rows(answer, measured, content.counted_core))]
    if content.core_volume_images is not None:
        pixels = core_volume_picture(content.core_volume_images, answer["slices"])
        blocks.append(Picture("What the network saw", wording.CLASSIFIER_PICTURE, pixels))
    blocks.append(Text(wording.CLASSIFIER_NOTE))
    return Section("classifier", title, tuple(blocks))


def _curves(content: ReportContent) -> Section:
    vessels = [vessel_picture(content, curve) for curve in content.curves if len(curve.voxels)]
    names = ", ".join(curve.name for curve in content.curves)
    return Section(
        "curves",
        "Arterial input, venous output, tissue",
        (
            Plot("curves", f"Enhancement in HU over time of {names}", curve_plot(content.curves)),
            *(Picture(vessel.name, vessel.place, vessel.pixels, width=0.5) for vessel in vessels),
        ),
    )


def _motion(content: ReportContent) -> Section:
    head = content.motion
    if head is None:
        return Section("motion", "Head motion", (Text(wording.UNMOVED_MOTION, is_note=False),))
    dashed = "; dashed: the second table position" if len(head.motion) > 1 else ""
    note = (
        "Position of the head in each frame relative to the reference frame, measured and corrected"
        f"{dashed}. {head.reference}"
    )
    if head.largest_residual is not None:
        note += f" After correction the frames agree within {head.largest_residual:.1f} mm."
    blocks: list[Block] = [
        Plot("motion", "Translation in mm and rotation in degrees over time", motion_plot(head)),
        Text(note),
    ]
    if head.rejections:
        blocks += [Text("Frames that were left out:", is_note=False), Items(head.rejections)]
    return Section("motion", "Head motion", tuple(blocks))


def _fits(content: ReportContent) -> Section:
    rows = tuple((row.title, row.tissue, row.hypoperfusion) for row in fit_rows(content))
    header = ("", "Analysed tissue", "Hypoperfusion")
    title = fit_title(content)
    return Section("fits", title, (Table(title, header, rows, numbers=(1, 2)), Text(fit_note(content))))


def _tmax(content: ReportContent) -> Section:
    rows = tuple(
        (
            f"{row.title}, in this report" if row.is_used else row.title,
            f"{row.meaning} Given by {row.methods}.",
        )
        for row in wording.tmax_rows(content.tmax_definition)
    )
    return Section(
        "tmax",
        "Definitions of Tmax",
        (Table("Definitions of Tmax", (), rows), Text(f"{wording.TMAX_CAUTION} ctperfusion calibrate.")),
    )


def _method(content: ReportContent) -> Section:
    chosen: dict[str, Any] = {
        "Software": f"ctperfusion {content.version}",
        "Frame times from": content.scan.time_source,
        **content.parameters,
    }
    rows = tuple(
        (name.replace("_", " "), "–" if value is None else str(value)) for name, value in chosen.items()
    )
    return Section("method", "How it was made", (Table("How it was made", (), rows),))


def _stages(content: ReportContent) -> Section | None:
    if not content.stages:
        return None
    rows = tuple((stage, f"{seconds:.1f}") for stage, seconds in content.stages.items())
    return Section(
        "stages",
        "Time per stage",
        (Table("Time per stage", ("Stage", "s"), rows, numbers=(1,)),),
    )
