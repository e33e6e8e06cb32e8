"""From a finished run to a style: graphs, weights, history and card in `checkpoints/<style_id>/`."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from musegen.styles.card import LATTICE_FILE, PICTURE_FILE, RECALL_FILE, StyleCard, save_card
from musegen.styles.history import history_of

PLAYED_FILES = (
    "advance.tflite",
    "logits.tflite",
    LATTICE_FILE,
    "weights.npz",
    "history.jsonl",
    "reference.json",
    "reference.npz",
    "originality.npz",
    RECALL_FILE,
    PICTURE_FILE,
)


def read_history(run: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's history, all stages one after the other, each with its stage; epochs count on."""
    lines: list[dict[str, Any]] = []
    for number, folder in enumerate(sorted(run.glob("stage-*")), 1):
        before = lines[-1] if lines else {"epoch": 0, "steps": 0, "seconds": 0.0}
        for line in history_of(folder):
            counted = {name: line[name] + before[name] for name in ("epoch", "steps")}
            lines.append(line | counted | {"seconds": round(line["seconds"] + before["seconds"], 1), "stage": number})
    return lines


def best_nll(stage: Path) -> float:
    """Return the lowest validation likelihood of a stage, in nats per event."""
    return min(line["valid_nll"] for line in history_of(stage) if line["epoch"])


def publish(
    run: Path, template: StyleCard, folder: Path, exported: dict[str, Any], pieces: tuple[str, ...]
) -> StyleCard:
    """Write the history and the card of a run beside its graphs; quality is measured afterwards, by the benchmarks.

    Args:
        run: folder of the run.
        template: the card as the recipe has it, and the kind of its network.
        folder: where `export_run` has put the graphs.
        exported: what `export_run` returned, as plain data; goes on the card.
        pieces: how much of each dataset was learned from, in the order of the card's data.
    """
    configs = [json.loads((stage / "config.json").read_text()) for stage in sorted(run.glob("stage-*"))]
    history = read_history(run)
    best = min((line for line in history if line["epoch"]), key=lambda line: line["valid_nll"])
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history), encoding="utf-8")
    card = replace(
        template,
        network={"name": template.network["name"], "config": configs[best["stage"] - 1]["network"]},
        data=tuple(data | {"pieces": count} for data, count in zip(template.data, pieces, strict=True)),
        training={
            "stages": [config["training"] | {"dropout": config["network"]["dropout"]} for config in configs],
            "epochs": [sum(line["stage"] == n for line in history) for n in range(1, len(configs) + 1)],
            "best_epoch": best["epoch"],
            "seconds": history[-1]["seconds"],
            "valid_nats_per_event": best["valid_nll"],
            "export": exported,
        },
    )
    return refresh(card, folder)


def refresh(card: StyleCard, folder: Path) -> StyleCard:
    """Write the card with the checksums of the files that are there, and return it."""
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in PLAYED_FILES
        if (folder / name).exists()
    }
    card = replace(card, files=files)
    save_card(card, folder)
    return card
