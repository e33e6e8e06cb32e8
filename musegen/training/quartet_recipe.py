"""How the style `string-quartet` is made."""

from musegen.composers.parts.codec import ScoreCodec
from musegen.composers.parts.grid import QUARTET, ScoreLayout
from musegen.composers.parts.source import ScoreSource
from musegen.corpora.openscore_quartets import read_quartets
from musegen.corpora.quartet_scores import read_more_quartets
from musegen.corpora.score_piece import ScorePiece
from musegen.engine.codec import Codec
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "string-quartet"
OWN_SHARE = 0.65
"""Share of the examples that are classical or early romantic, Haydn to Schumann; 0.56 of the notes are."""

VALIDATION_ROWS = 512
"""Rows of each held-out movement that are looked at after every epoch."""

STAGES = (
    Stage(
        TrainConfig(
            batch_size=32,
            crop_frames=128,
            steps_per_epoch=76,
            num_epochs=18,
            stop_epoch=16,
            learning_rate=2.5e-3,
            warmup_steps=100,
            ema_momentum=0.99,
        ),
        dropout=0.0,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over notes, one output network for the four questions."""
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


def movements(split: str) -> list[ScorePiece]:
    """Return the movements of a split, from both corpora."""
    return [*read_quartets(split), *read_more_quartets(split)]


def source() -> ScoreSource:
    """Return the training movements; of each held-out movement of the style's own music its beginning."""
    codec = ScoreCodec(ScoreLayout(QUARTET, dynamics=False))
    return ScoreSource(movements("train"), movements("valid"), codec, OWN_SHARE, valid_rows=VALIDATION_ROWS)


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    words = []
    for read in (read_quartets, read_more_quartets):
        found = {split: read(split) for split in ("train", "valid", "test")}
        works = {split: len({m.group for m in pieces}) for split, pieces in found.items()}
        notes = sum(m.piece.num_notes for m in found["train"])
        words.append(
            f"{works['train']} works, {len(found['train'])} movements, {notes:,} notes; "
            f"{works['valid']} works to validate, {works['test']} to test"
        )
    return tuple(words)
