"""The autoencoder of `sound.coder` over principal components in Keras, to be trained. Backend-free Keras 3.

It sees and draws components of pictures, not pictures: these are found once, so that a step takes a millisecond.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from musegen.networks.sound_vae import nats_of
from musegen.sound.coder import CoderConfig


class ComponentsLoss(layers.Layer):
    """What is minimised: the squared error of components and the weighted divergence of the place.

    Inputs: components and their imagination (B, K), place and log variance (B, Z), weight of a nat (B, 1).
    Output (B, 1).

    Args:
        share: of a picture's mean squared error that a squared component has.
        free_nats: of each dimension, which cost nothing.
    """

    def __init__(self, share: float, free_nats: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.share, self.free_nats = share, free_nats

    def call(self, wanted: Any, drawn: Any, place: Any, log_variance: Any, weight: Any) -> Any:
        """Return the loss of each clip."""
        error = self.share * ops.sum(ops.square(wanted - drawn), axis=1)
        paid = ops.sum(ops.maximum(ops.mean(nats_of(place, log_variance), axis=0), self.free_nats))
        return error[:, None] + weight * paid


class ComponentsVae:
    """The network with its graphs.

    Attributes:
        encoder: [components, told] -> [place, log variance]; without `told` where nothing is told.
        decoder: [place, told] -> components.
        training: [seen, wanted, noise (B, Z), weight (B, 1), told] -> loss (B, 1). The place is read from what is seen,
            which may be another clip of the same solo than the one that is to be drawn.

    Args:
        config: its size.
        spreads: standard deviation of each component, shape (K,).
        share: see `ComponentsLoss`.
        free_nats: see `ComponentsLoss`.
    """

    def __init__(self, config: CoderConfig, spreads: np.ndarray, share: float, free_nats: float) -> None:
        self.config = config
        size, latent = config.components, config.latent
        seen = keras.Input((size,), name="seen")
        told = [keras.Input((config.told,), name="told")] if config.told else []
        little = keras.initializers.VarianceScaling(1e-4)
        x = seen / spreads[None].astype("float32")
        first = keras.initializers.Constant(np.eye(size, latent, dtype="float32"))
        straight = layers.Dense(latent, use_bias=False, kernel_initializer=first, name="straight_in")(x)
        x = layers.Concatenate()([x, *told]) if told else x
        x = layers.Dense(config.hidden, activation="silu", name="hear")(x)
        place = straight + layers.Dense(latent, kernel_initializer=little, name="place")(x)
        narrow = keras.initializers.Constant(-4.0)
        spread = layers.Dense(latent, name="spread", kernel_initializer=little, bias_initializer=narrow)(x)
        self.encoder = keras.Model([seen, *told], [place, spread])

        point = keras.Input((latent,), name="point")
        x = layers.Concatenate()([point, *told]) if told else point
        x = layers.Dense(config.hidden, activation="silu", name="enter")(x)
        x = layers.Dense(config.hidden, activation="silu", name="widen")(x)
        x = layers.Dense(size, kernel_initializer=little, name="draw")(x)
        last = keras.initializers.Constant(np.eye(latent, size, dtype="float32") * spreads[:latent, None])
        x = x + layers.Dense(size, use_bias=False, kernel_initializer=last, name="straight_out")(point)
        self.decoder = keras.Model([point, *told], x)

        wanted = keras.Input((size,), name="wanted")
        noise, weight = keras.Input((latent,), name="noise"), keras.Input((1,), name="weight")
        place, spread = self.encoder([seen, *told])
        drawn = self.decoder([place + ops.exp(0.5 * ops.clip(spread, -12.0, 4.0)) * noise, *told])
        loss = ComponentsLoss(share, free_nats)(wanted, drawn, place, spread, weight)
        self.training = keras.Model([seen, wanted, noise, weight, *told], loss)

    def save(self, path: Path, **more: np.ndarray) -> None:
        """Write the weights as npz by "<layer>/kernel" and "<layer>/bias", and `more` beside them."""
        found = {f"{layer.name}/{name}": np.asarray(value) for model in (self.encoder, self.decoder)
                 for layer in model.layers for name in ("kernel", "bias")
                 for value in [getattr(layer, name, None)] if value is not None}  # fmt: skip
        np.savez_compressed(path, allow_pickle=False, **found, **more)
