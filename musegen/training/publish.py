"""From a finished run to a style: graphs, weights, history and card in `checkpoints/<style_id>/`."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from musegen.codecs.codec import Codec
from musegen.styles.card import SCHEMA_VERSION, StyleCard, save_card
from musegen.styles.style import make_codec

PLAYED_FILES = ("advance.tflite", "logits.tflite", "weights.npz", "history.jsonl", "reference.json")

FOLK = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="folk",
    title="Folk tunes",
    description="Writes Irish, Scottish and American dance tunes: reels, jigs, hornpipes, waltzes, airs.",
    feed_it="A bar or more of a single melody, typed, uploaded or from the examples; or nothing at all.",
    cannot="It writes one voice without chords, stays in one key and one meter, and does not know finer notes than "
    "sixteenth triplets.",
    modes=("continue", "invent"),
    voices=("Melody",),
    meters=("4/4", "2/2", "2/4", "3/4", "6/8", "9/8", "12/8", "3/8"),
    keys=("major", "minor", "dorian", "mixolydian"),
    qpm=160.0,
    temperature=0.9,
    num_bars=16,
    codec={"name": "folk-tune", "config": {"name": "folk-tune"}},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "O'Neill's Music of Ireland (1903), Ryan's Mammoth Collection (1883), Aird's Airs (1782-1801)",
            "url": "https://github.com/cuthbertLab/music21",
            "licence": "The tunes are in the public domain; their ABC transcriptions come with music21 and carry no "
            "explicit open licence of their own.",
            "citation": "ABC editions distributed with music21 (M. S. Cuthbert and C. Ariza, ISMIR 2010); network and "
            "task after B. Sturm et al., arXiv:1604.08723.",
            "pieces": "",
        },
    ),
    licence="The tunes it learned from are in the public domain, so what you compose with it is yours to use.",
)
BACH = StyleCard(
    schema_version=SCHEMA_VERSION,
    style_id="bach-chorales",
    title="Bach chorales",
    description="Writes four-voice chorales: continues yours, invents new ones, or harmonises your melody.",
    feed_it="A melody to harmonise (best in a singable range, up to about two minutes), four voices to continue, or "
    "nothing.",
    cannot="It knows nothing shorter than a sixteenth, does not modulate far, sets no words, and counts every bar in "
    "one meter.",
    modes=("continue", "invent", "harmonise"),
    voices=("Soprano", "Alto", "Tenor", "Bass"),
    meters=("4/4", "3/4"),
    keys=("major", "minor"),
    qpm=84.0,
    temperature=0.8,
    num_bars=8,
    codec={"name": "chorale", "config": {}},
    network={},
    sampling={"top_p": 0.95},
    data=(
        {
            "name": "JSB Chorales, sixteenth-note version (published split)",
            "url": "https://github.com/czhuang/JSB-Chorales-dataset",
            "licence": "None stated by the repository; the music is in the public domain.",
            "citation": "N. Boulanger-Lewandowski et al., ICML 2012; C.-Z. A. Huang et al., ISMIR 2017.",
            "pieces": "",
        },
        {
            "name": "Bach chorales of music21 (repeated notes, fermatas, bars)",
            "url": "https://github.com/cuthbertLab/music21",
            "licence": "The music is in the public domain; the encodings come with music21.",
            "citation": "M. S. Cuthbert and C. Ariza, ISMIR 2010.",
            "pieces": "",
        },
    ),
    licence="Bach's chorales are in the public domain, so what you compose with it is yours to use.",
)
TEMPLATES = {card.style_id: card for card in (FOLK, BACH)}


def make_codec_of(style_id: str) -> Codec:
    """Return the codec of a style that may not have been published yet."""
    codec = TEMPLATES[style_id].codec
    return make_codec(codec["name"], codec["config"])


def read_history(run: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's history, all stages one after the other, each with its stage; epochs count on."""
    lines: list[dict[str, Any]] = []
    for number, folder in enumerate(sorted(run.glob("stage-*")), 1):
        before = lines[-1] if lines else {"epoch": 0, "steps": 0, "seconds": 0.0}
        for text in (folder / "history.jsonl").read_text().splitlines():
            line = json.loads(text)
            counted = {name: line[name] + before[name] for name in ("epoch", "steps")}
            lines.append(line | counted | {"seconds": round(line["seconds"] + before["seconds"], 1), "stage": number})
    return lines


def best_nll(stage: Path) -> float:
    """Return the lowest validation likelihood of a stage, in nats per event."""
    lines = (stage / "history.jsonl").read_text().splitlines()
    return min(json.loads(line)["valid_nll"] for line in lines if line.strip())


def publish(run: Path, style_id: str, folder: Path, exported: dict[str, Any], pieces: tuple[str, ...]) -> StyleCard:
    """Write the history and the card of a run beside its graphs; quality is measured afterwards, by the benchmarks.

    Args:
        run: folder of the run.
        style_id: "folk" or "bach-chorales".
        folder: where `export_run` has put the graphs.
        exported: what `export_run` returned, as plain data; goes on the card.
        pieces: how much of each dataset was learned from, in the order of the card's data.
    """
    configs = [json.loads((stage / "config.json").read_text()) for stage in sorted(run.glob("stage-*"))]
    history = read_history(run)
    best = min(history, key=lambda line: line["valid_nll"])
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in history), encoding="utf-8")
    template = TEMPLATES[style_id]
    card = replace(
        template,
        network={"name": "recurrent", "config": configs[best["stage"] - 1]["network"]},
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
