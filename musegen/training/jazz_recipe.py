"""How the style `jazz` is made."""

from musegen.composers.solo.grid import NUM_EVENTS
from musegen.composers.solo.reading import SHIFTS
from musegen.composers.solo.source import SoloSource
from musegen.corpora.weimar_jazz import read_solos
from musegen.engine.codec import Codec
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "jazz"

STAGES = (
    Stage(
        TrainConfig(
            batch_size=24,
            crop_frames=160,
            steps_per_epoch=40,
            num_epochs=24,
            learning_rate=3e-3,
            warmup_steps=100,
            weight_decay=0.05,
            ema_momentum=0.99,
        ),
        dropout=0.25,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over notes, one output network for the three questions."""
    return RecurrentConfig(
        num_events=NUM_EVENTS,
        trunk_columns=tuple(column.to_network() for column in codec.trunk_columns),
        head_columns=tuple(column.to_network() for column in codec.head_columns),
        num_heads=codec.num_heads,
        cell="lstm",
        units=256,
        num_layers=2,
        head_units=256,
        head_layers=2,
        dropout=dropout,
        shifts=SHIFTS,
    )


def source() -> SoloSource:
    """Return the training solos, the validation solos held out."""
    return SoloSource(read_solos("train"), read_solos("valid"))


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    counts = {split: read_solos(split) for split in ("train", "valid", "test")}
    notes = sum(len(solo.pitch) for solo in counts["train"])
    held_out = f"{len(counts['valid'])} solos to validate, {len(counts['test'])} to test, split by tune"
    return (f"{len(counts['train'])} solos in 4/4, {notes:,} notes; {held_out}",)
