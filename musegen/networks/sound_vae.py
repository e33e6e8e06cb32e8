"""The variational autoencoder of `sound.coder` in Keras, to be trained. Backend-free Keras 3.

Kingma and Welling 2014 (arXiv:1312.6114); ResNet blocks after He et al. 2015 (arXiv:1512.03385); free bits after Kingma
et al. 2016 (arXiv:1606.04934, C.8), so that no dimension is given up while the decoder is young.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from musegen.sound.coder import KERNEL, NARROW, WIDE, CoderConfig
from musegen.sound.spectrum import BANDS, FRAMES


def nats_of(place: Any, log_variance: Any) -> Any:
    """Return the divergence of each dimension of places from the normal distribution, (B, Z)."""
    return 0.5 * (ops.square(place) + ops.exp(log_variance) - 1 - log_variance)


class VaeLoss(layers.Layer):
    """What is minimised: the mean squared error of a picture and the weighted divergence of its place.

    Inputs: picture and its imagination (B, T, F), place and log variance (B, Z), weight of a nat (B, 1). Output (B, 1).

    Args:
        free_nats: of each dimension, which cost nothing.
    """

    def __init__(self, free_nats: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.free_nats = free_nats

    def call(self, picture: Any, imagined: Any, place: Any, log_variance: Any, weight: Any) -> Any:
        """Return the loss of each clip."""
        error = ops.mean(ops.square(picture - imagined), axis=(1, 2))
        paid = ops.sum(ops.maximum(ops.mean(nats_of(place, log_variance), axis=0), self.free_nats))
        return error[:, None] + weight * paid


class SoundVae:
    """The network with its graphs; pictures are (decibels - mean) / scale.

    Attributes:
        encoder: [picture, told] -> [place, log variance]; without `told` where nothing is told.
        decoder: [place, told] -> picture.
        training: [picture, noise (B, Z), weight (B, 1), told] -> loss (B, 1).

    Args:
        config: its size.
        free_nats: see `VaeLoss`.
    """

    def __init__(self, config: CoderConfig, free_nats: float = 0.5) -> None:
        self.config = config
        picture = keras.Input((FRAMES, BANDS), name="picture")
        told = [keras.Input((config.told,), name="told")] if config.told else []
        x = picture
        for n, channels in enumerate(config.channels):
            width = WIDE if n == 0 else KERNEL
            x = layers.Conv1D(channels, width, 2, "same", activation="silu", name=f"down_{n}")(x)
            x = _residual(f"down_{n}", channels, x)
        x = layers.Flatten()(layers.Dense(config.squeeze, activation="silu", name="squeeze_down")(x))
        x = layers.Concatenate()([x, *told]) if told else x
        place = layers.Dense(config.latent, name="place")(x)
        narrow = keras.initializers.Constant(-2.0)
        spread = layers.Dense(config.latent, name="spread", kernel_initializer="zeros", bias_initializer=narrow)(x)
        self.encoder = keras.Model([picture, *told], [place, spread])

        point = keras.Input((config.latent,), name="point")
        x = layers.Concatenate()([point, *told]) if told else point
        x = layers.Dense(config.hidden, activation="silu", name="enter")(x)
        x = layers.Dense(config.short * config.squeeze, activation="silu", name="widen")(x)
        x = layers.Reshape((config.short, config.squeeze))(x)
        x = layers.Dense(config.channels[-1], activation="silu", name="squeeze_up")(x)
        for n in reversed(range(len(config.channels))):
            x = _residual(f"up_{n}", config.channels[n], x)
            out, activation = (config.channels[n - 1], "silu") if n else (BANDS, None)
            x = layers.Conv1DTranspose(out, KERNEL, 2, "same", activation=activation, name=f"up_{n}")(x)
        self.decoder = keras.Model([point, *told], x)

        noise, weight = keras.Input((config.latent,), name="noise"), keras.Input((1,), name="weight")
        drawn = place + ops.exp(0.5 * ops.clip(spread, -12.0, 4.0)) * noise
        loss = VaeLoss(free_nats)(picture, self.decoder([drawn, *told]), place, spread, weight)
        self.training = keras.Model([picture, noise, weight, *told], loss)

    def weights(self) -> dict[str, Any]:
        """Return the variables by "<layer>/kernel" and "<layer>/bias"."""
        found = {}
        for model in (self.encoder, self.decoder):
            for layer in model.layers:
                for name in ("kernel", "bias"):
                    if getattr(layer, name, None) is not None:
                        found[f"{layer.name}/{name}"] = getattr(layer, name)
        return found

    def save(self, path: Path, **more: np.ndarray) -> None:
        """Write the weights as npz, and `more` beside them."""
        arrays = {name: np.asarray(v.value, np.float32) for name, v in self.weights().items()}
        np.savez_compressed(path, allow_pickle=False, **arrays, **more)

    def load(self, path: Path) -> None:
        """Read weights written by `save`.

        Raises:
            ValueError: the file lacks weights that the network has.
        """
        with np.load(path, allow_pickle=False) as stored:
            variables = self.weights()
            if not set(variables) <= set(stored.files):
                raise ValueError(f"{path.name} holds other weights than this network")
            for name, variable in variables.items():
                variable.assign(stored[name])


def _residual(name: str, channels: int, x: Any) -> Any:
    """Return a ResNet block over time: what it adds begins as little."""
    inner = layers.Conv1D(channels, NARROW, 1, "same", activation="silu", name=f"{name}_a")(x)
    small = keras.initializers.VarianceScaling(0.1)
    return x + layers.Conv1D(channels, NARROW, 1, "same", kernel_initializer=small, name=f"{name}_b")(inner)
