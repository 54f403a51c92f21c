"""Put a trained ensemble for core volumes into Resources/Models, with what was measured of it on its card.

    python Testing/validation/ship_core_volume.py TRAINED TABLES

TRAINED is the output of `ctperfusion train core-volume phantoms`, TABLES is tables.json of `ctperfusion
evaluate core-volume` with it, or what validate_core_volume.py leaves in build/core-volume.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from provenance import ROOT

from CTPerfusionLib.networks.core_volume import load_core_volume_model, save_core_volume_model

MODELS = ROOT / "Resources" / "Models"
NAME = "phantom-core"
TITLE = "Simulated heads only: large or small core from two slices"

SUBJECT = "full model"
"""What the evaluation calls the network that is shipped."""

SHOWN = (SUBJECT, "held-out patients", "external patients")
"""Facts of the evaluation that concern it."""

MISTAKES = (
    "Of 100 simulated heads that it did not know it called 10 of 54 large cores small and 4 of 46 small ones "
    "large, all of them within 18 mL of its threshold."
)
"""What the evaluation showed, for the limits."""


def measured(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the targets of the network with what was measured."""
    return [
        {"quantity": each["quantity"], "value": round(each["value"], 4)}
        for each in record["targets"]
        if each["subject"] == SUBJECT
    ]


def main() -> int:
    """Write card and weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument("tables", type=Path)
    options = parser.parse_args()
    trained = load_core_volume_model(options.trained / "model.safetensors")
    record = json.loads(options.tables.read_text(encoding="utf-8"))
    card = replace(
        trained.card,
        name=NAME,
        title=TITLE,
        limits=(*trained.card.limits, MISTAKES),
        metrics={
            **trained.card.metrics,
            "evaluation": {name: record["settings"][name] for name in SHOWN},
            "held_out": measured(record),
        },
    )
    written = save_core_volume_model(MODELS, trained.networks, card)
    sys.stdout.write(f"Written to {(MODELS / written.name).relative_to(ROOT)}, SHA-256 {written.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
