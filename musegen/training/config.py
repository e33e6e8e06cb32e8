"""What a training run is, as plain data."""

from dataclasses import asdict, dataclass, field
from typing import Any

OPTIMIZERS = ("adamw", "adamax")


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings of one training run.

    Args:
        batch_size: examples a step (B).
        crop_frames: frames an example is cut to (T).
        steps_per_epoch: optimiser steps between two looks at the validation set.
        num_epochs: epochs at most; the learning rate falls to zero over them.
        stop_epoch: epochs after which the run ends all the same, 0 for all of `num_epochs`.
        learning_rate: peak, of Adam with decoupled weight decay.
        warmup_steps: steps over which the learning rate rises to its peak.
        weight_decay: of AdamW.
        clip_norm: largest gradient norm.
        ema_momentum: of the moving average of the weights, which is what is validated and kept.
        patience: epochs without a better validation before the run stops.
        random_seed: of weights, batches and dropout.
        jit_compile: compile the step with XLA: a minute once, then several times faster.
        learned: which weights are changed, of `networks.recurrent.LEARNED`.
        optimizer: "adamw", or "adamax" as the Chopin notebook has it (both Kingma and Ba, arXiv:1412.6980, the first
            with decoupled weight decay).
        validate_first: note in the history, as epoch 0, how the weights that the run starts from do.
    """

    batch_size: int = 32
    crop_frames: int = 128
    steps_per_epoch: int = 50
    num_epochs: int = 80
    stop_epoch: int = 0
    learning_rate: float = 2e-3
    warmup_steps: int = 100
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    ema_momentum: float = 0.99
    patience: int = 12
    random_seed: int = 0
    jit_compile: bool = True
    learned: str = "all"
    validate_first: bool = False
    optimizer: str = "adamw"

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, got {self.optimizer!r}")

    def to_config(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of a recipe: a run that starts from the best weights of the stage before.

    Args:
        training: settings of the run.
        dropout: of the network in this stage.
        network: settings in which the network of this stage is smaller than that of the recipe, into which it grows.
    """

    training: TrainConfig
    dropout: float
    network: dict[str, Any] = field(default_factory=dict)
