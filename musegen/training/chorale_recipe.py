"""How the style `bach-chorales` is made."""

from musegen.composers.chorale.codec import ChoraleCodec
from musegen.composers.chorale.grid import NUM_VOICE_EVENTS, VOICE_RANGES, ChoraleGrid
from musegen.composers.chorale.source import ChoraleSource
from musegen.corpora.jsb_chorales import read_pieces
from musegen.engine.codec import Codec
from musegen.networks.recurrent import RecurrentConfig
from musegen.training.config import Stage, TrainConfig

STYLE_ID = "bach-chorales"
STAGES = (
    Stage(
        TrainConfig(
            batch_size=32, crop_frames=128, steps_per_epoch=50, num_epochs=40, stop_epoch=32, learning_rate=2e-3
        ),
        dropout=0.35,
    ),
    # The first stage showed no overfitting at all (training likelihood above validation's), so little is dropped here.
    Stage(
        TrainConfig(
            batch_size=16,
            crop_frames=128,
            steps_per_epoch=100,
            num_epochs=24,
            stop_epoch=20,
            learning_rate=1e-3,
            ema_momentum=0.995,
            random_seed=1,
        ),
        dropout=0.1,
    ),
)


def network(codec: Codec, dropout: float) -> RecurrentConfig:
    """Return the network: two LSTMs over sixteenths, one output network for the four voices."""
    return RecurrentConfig(
        num_events=NUM_VOICE_EVENTS,
        trunk_columns=tuple(column.to_network() for column in codec.trunk_columns),
        head_columns=tuple(column.to_network() for column in codec.head_columns),
        num_heads=codec.num_heads,
        cell="lstm",
        units=384,
        num_layers=2,
        head_units=384,
        head_layers=2,
        dropout=dropout,
    )


def grids(split: str) -> list[ChoraleGrid]:
    """Return the chorales of a split as arrays."""
    codec = ChoraleCodec()
    return [codec.to_grid(piece) for piece in read_pieces(split)]


def source() -> ChoraleSource:
    """Return the published training split and the further chorales; the published validation split held out."""
    return ChoraleSource([*grids("train"), *grids("extra")], grids("valid"), VOICE_RANGES)


def learned_from() -> tuple[str, ...]:
    """Return how much of each dataset on the card was learned from."""
    train, extra = len(read_pieces("train")), len(read_pieces("extra"))
    return (
        f"{train} chorales; 76 to validate, 77 to test",
        f"repeated notes and fermatas of those, and {extra} further chorales",
    )
