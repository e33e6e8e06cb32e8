"""How the style `chopin` is made."""

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.grid import PIANO_HANDS, ScoreLayout
from musegen.composers.parts.source import ScoreSource
from musegen.corpora.asap_scores import read_scores
from musegen.engine.codec import Codec
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "chopin"
OWN_SHARE = 0.4
"""Share of the examples that are Chopin's; a sixth of the notes are. The network is told which they are."""

VALIDATION_ROWS = 768
"""Rows of each held-out piece of Chopin's that are looked at after every epoch."""

STAGES = (
    Stage(
        TrainConfig(
            batch_size=24,
            crop_frames=128,
            steps_per_epoch=70,
            num_epochs=20,
            stop_epoch=10,
            learning_rate=2.5e-3,
            warmup_steps=100,
            ema_momentum=0.99,
        ),
        dropout=0.1,
    ),
    # Half of the first stage, then quickly down: what two busy cores have time for.
    Stage(
        TrainConfig(
            batch_size=24,
            crop_frames=128,
            steps_per_epoch=70,
            num_epochs=5,
            learning_rate=1.3e-3,
            warmup_steps=10,
            ema_momentum=0.99,
            random_seed=1,
        ),
        dropout=0.1,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over notes, one output network for the five questions."""
    return RecurrentConfig(
        num_events=codec.layout.num_events,
        trunk_columns=tuple(column.to_network() for column in codec.trunk_columns),
        head_columns=tuple(column.to_network() for column in codec.head_columns),
        num_heads=codec.num_heads,
        cell="lstm",
        units=288,
        num_layers=2,
        head_units=224,
        head_layers=2,
        dropout=dropout,
    )


def source() -> ScoreSource:
    """Return the training scores of all composers; of Chopin's held-out pieces the beginnings."""
    codec = ScoreCodec(ScoreLayout(PIANO_HANDS, dynamics=True))
    return ScoreSource(read_scores("train"), read_scores("valid"), codec, OWN_SHARE, valid_rows=VALIDATION_ROWS)


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    found = {split: read_scores(split) for split in ("train", "valid", "test")}
    own = {split: [score for score in pieces if score.own] for split, pieces in found.items()}
    notes = sum(score.piece.num_notes for score in own["train"])
    others = len(found["train"]) - len(own["train"])
    held_out = f"{len(own['valid'])} pieces of Chopin to validate, {len(own['test'])} to test"
    return (f"{len(own['train'])} pieces of Chopin, {notes:,} notes, and {others} of other composers; {held_out}",)
