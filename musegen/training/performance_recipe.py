"""How the style `piano-performance` is made."""

import numpy as np

from musegen.composers.performance.grid import NUM_EVENTS
from musegen.composers.performance.source import PerformanceSource
from musegen.corpora.asap import read_recordings
from musegen.engine.codec import Codec
from musegen.music.performance import Performance
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "piano-performance"
VALIDATION_NOTES = 2000
"""Notes of each held-out piece that are looked at after every epoch."""

STAGES = (
    Stage(
        TrainConfig(
            batch_size=24,
            crop_frames=192,
            steps_per_epoch=100,
            num_epochs=26,
            stop_epoch=13,
            learning_rate=3e-3,
            warmup_steps=100,
            ema_momentum=0.99,
        ),
        dropout=0.0,
    ),
    # Half of the first stage, then quickly down: two cores have an hour for it, and it does not overfit.
    Stage(
        TrainConfig(
            batch_size=24,
            crop_frames=192,
            steps_per_epoch=100,
            num_epochs=6,
            learning_rate=1.6e-3,
            warmup_steps=10,
            ema_momentum=0.99,
            random_seed=1,
        ),
        dropout=0.0,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over notes, one output network for the four questions."""
    return RecurrentConfig(
        num_events=NUM_EVENTS,
        trunk_columns=tuple(column.to_network() for column in codec.trunk_columns),
        head_columns=tuple(column.to_network() for column in codec.head_columns),
        num_heads=codec.num_heads,
        cell="lstm",
        units=320,
        num_layers=2,
        head_units=256,
        head_layers=2,
        dropout=dropout,
    )


def source() -> PerformanceSource:
    """Return the training performances; of each held-out piece the beginning of one performance."""
    train = [recording.performance for recording in read_recordings("train")]
    held_out = {(r.composer, r.title): r.performance for r in read_recordings("valid")}
    return PerformanceSource(train, [_beginning(p) for p in held_out.values()])


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    counts = {name: read_recordings(name) for name in ("train", "valid", "test")}
    pieces = {name: len({(r.composer, r.title) for r in found}) for name, found in counts.items()}
    hours = sum(r.performance.end_ms for r in counts["train"]) / 3.6e6
    held_out = f"{pieces['valid']} pieces to validate, {pieces['test']} to test"
    return (f"{len(counts['train'])} performances of {pieces['train']} pieces, {hours:.0f} hours; {held_out}",)


def _beginning(performance: Performance) -> Performance:
    last = performance.onset_ms[min(VALIDATION_NOTES, len(performance.pitch)) - 1]
    keep, pedals = performance.onset_ms <= last, performance.pedal_ms[:, 0] < last
    return Performance(
        performance.onset_ms[keep],
        performance.duration_ms[keep],
        performance.pitch[keep],
        performance.velocity[keep],
        np.asarray(performance.pedal_ms[pedals]),
    )
