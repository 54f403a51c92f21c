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


def measured(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the targets of an evaluation with what was measured."""
    return [
        {"subject": each["subject"], "quantity": each["quantity"], "value": round(each["value"], 4)}
        for each in record["targets"]
        if each["value"] is not None
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
        metrics={
            **trained.card.metrics,
            "evaluation": dict(record["settings"]),
            "held_out": measured(record),
        },
    )
    written = save_core_volume_model(MODELS, trained.networks, card)
    sys.stdout.write(f"Written to {(MODELS / written.name).relative_to(ROOT)}, SHA-256 {written.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
