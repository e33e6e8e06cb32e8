"""How the style `folk` is made."""

import numpy as np

from musegen.composers.tune.codec import FolkTuneCodec
from musegen.composers.tune.source import FolkSource
from musegen.corpora.folk_tunes import load_split, read_split
from musegen.engine.codec import Codec
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "folk"
STAGES = (
    Stage(
        TrainConfig(
            batch_size=32, crop_frames=192, steps_per_epoch=60, num_epochs=30, stop_epoch=8, learning_rate=3e-3
        ),
        dropout=0.3,
    ),
    Stage(
        TrainConfig(
            batch_size=32,
            crop_frames=192,
            steps_per_epoch=60,
            num_epochs=18,
            stop_epoch=11,
            learning_rate=2e-3,
            random_seed=1,
        ),
        dropout=0.15,
    ),
    # From its eighth epoch on the second stage overfitted; the last one goes on from its best with much dropped.
    Stage(
        TrainConfig(
            batch_size=32,
            crop_frames=192,
            steps_per_epoch=60,
            num_epochs=8,
            stop_epoch=7,
            learning_rate=1e-3,
            random_seed=2,
        ),
        dropout=0.4,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over events."""
    return RecurrentConfig(
        num_events=len(codec.vocabulary),
        trunk_columns=tuple(column.to_network() for column in codec.trunk_columns),
        head_columns=(),
        num_heads=1,
        cell="lstm",
        units=320,
        num_layers=2,
        head_units=320,
        dropout=dropout,
    )


def tunes(split: str) -> list[np.ndarray]:
    """Return the tunes of a split as events."""
    codec = FolkTuneCodec()
    return [codec.encode(tune.piece) for tune in read_split(split)]


def source() -> FolkSource:
    """Return the training tunes, the validation tunes held out."""
    return FolkSource(tunes("train"), tunes("valid"))


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    sides = list(load_split().values())
    counts = {side: sides.count(side) for side in ("train", "valid", "test")}
    return (f"{counts['train']} tunes; {counts['valid']} to validate, {counts['test']} to test, split by tune family",)
