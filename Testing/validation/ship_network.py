"""Put a trained network into Resources/Models, with what was measured of it on its card.

    python Testing/validation/ship_network.py TRAINED [TABLES ...]

TRAINED is the output of `ctperfusion train maps phantoms`, TABLES are tables.json of `ctperfusion evaluate
maps` with this network, or what validate_networks.py leaves in build/networks. What the network reads at the
border of the core is measured here, on the tuning seeds of calibrate_flow_reading.py; the thresholds of
relative flow follow it. Takes ten minutes on two cores.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from calibrate_flow_reading import SEEDS, TRUE_BORDER, true_volume_cut
from provenance import ROOT

from CTPerfusionLib.networks import DEFAULT_MODEL, MapModel, load_model, save_model
from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    StageClock,
    analyse_prepared,
    prepare_series,
)

MODELS = ROOT / "Resources" / "Models"
TITLE = "Simulated heads only: joint U-Net for CBV, CBF, TTP and MTT"
SHOWN_MAPS = ("CBV", "CBF", "TTP")

LIMITS = (
    "It was trained on simulated heads only; maps of patients have not been held against a reference.",
    "Its largest values are CBV 4 mL/100 g, CBF 60 mL/100 g/min, TTP 15 s, MTT 20 s; higher ones are cut.",
    (
        "It was made for images of about 512 x 512 pixels. At 128 x 128 it showed a core in 2 of 8 "
        "simulated heads without any."
    ),
    "Boluses, noise and lesions unlike those of its training data may be mapped wrongly without a sign.",
)


def flow_readings(path: Path) -> dict[str, float]:
    """Return what the model reads where relative CBF is 30 %, over 30 %, by residue function."""
    cuts: dict[str, list[float]] = {}
    for seed in SEEDS:
        phantom = head_phantom(seed=seed)
        prepared = prepare_series(
            phantom.series, PipelineConfig(core_volume_model=NO_CORE_VOLUME_MODEL), StageClock()
        )
        config = PipelineConfig(
            method="unet", model=str(path), normalisation="global", core_volume_model=NO_CORE_VOLUME_MODEL
        )
        cut = true_volume_cut(phantom, analyse_prepared(prepared, config, StageClock()))
        residue = phantom.truth.parameters["residue"]
        cuts.setdefault(residue, []).append(cut)
        sys.stdout.write(f"seed {seed}, {residue}: the core has its true volume at {cut:.3f}\n")
        sys.stdout.flush()
    for residue, values in cuts.items():
        sys.stdout.write(f"{residue}: {fmean(values):.3f}, SD {stdev(values):.3f}\n")
    return {residue: round(fmean(values) / TRUE_BORDER, 2) for residue, values in sorted(cuts.items())}


def held_out(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the targets of an evaluation with what was measured."""
    return [
        {"subject": each["subject"], "quantity": each["quantity"], "value": round(each["value"], 4)}
        for each in record["targets"]
        if each["value"] is not None
    ]


def sensitivities(record: Mapping[str, Any]) -> list[str]:
    """Return a sentence for every condition that was tried, with the correlations it costs."""
    sentences = []
    for row in record["conditions"]:
        if row["method"] != "network":
            continue
        values = [f"{name} {row[f'{name} r']:.3f}" for name in SHOWN_MAPS if row.get(f"{name} r") is not None]
        if values:
            sentences.append(f"{row['condition']}: r in the brain {', '.join(values)} (n = {row['n']})")
    return sentences


def main() -> int:
    """Measure the network, write its card and its weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument("tables", type=Path, nargs="*")
    options = parser.parse_args()
    path = options.trained / "model.safetensors"
    trained: MapModel = load_model(path)
    records = [json.loads(each.read_text(encoding="utf-8")) for each in options.tables]
    metrics = {
        **trained.card.metrics,
        "flow_readings": flow_readings(path),
        "held_out": {record["settings"]["patients"]: held_out(record) for record in records},
        "conditions": [sentence for record in records for sentence in sensitivities(record)],
    }
    card = replace(trained.card, name=DEFAULT_MODEL, title=TITLE, limits=LIMITS, metrics=metrics)
    written = save_model(MODELS, trained.network, card)
    sys.stdout.write(f"Written to {(MODELS / written.name).relative_to(ROOT)}, SHA-256 {written.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
