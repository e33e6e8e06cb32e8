"""A recurrent network that gives a restricted Boltzmann machine its biases at every frame (RNN-RBM).

After Boulanger-Lewandowski, Bengio and Vincent (ICML 2012, arXiv:1206.6392): the keys of a frame and hidden units see
each other through weights that stay, and through biases that a recurrent layer gives. It learns by contrastive
divergence (Hinton 2002): what the data says against what the machine makes of it in some steps of Gibbs sampling.
Its likelihood is not known exactly, see `musegen.evaluation.polyphony.annealing`.
"""

from typing import Any

import keras
from keras import layers, ops

from musegen.networks.polyphony.frames import lagged, recurrent


class BoltzmannMachine(keras.layers.Layer):
    """A machine of K visible and H hidden units whose biases are given from outside.

    Args:
        hidden: H.
        steps: of Gibbs sampling from the data, one at least.
        random_seed: of the sampling.
    """

    def __init__(self, hidden: int, steps: int, random_seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hidden, self.steps = hidden, steps
        self.seeds = keras.random.SeedGenerator(random_seed)

    def build(self, visible_shape: Any, visible_bias_shape: Any = None, hidden_bias_shape: Any = None) -> None:
        """Make the weights (K, H)."""
        self.weights_between = self.add_weight(
            shape=(visible_shape[-1], self.hidden), initializer=keras.initializers.RandomNormal(stddev=0.01), name="w"
        )
        self.built = True

    def free_energy(self, visible: Any, visible_bias: Any, hidden_bias: Any) -> Any:
        """Return minus the log of what a frame weighs, summed over all hidden units, (...,)."""
        fields = ops.matmul(visible, self.weights_between) + hidden_bias
        return -ops.sum(visible * visible_bias, axis=-1) - ops.sum(ops.softplus(fields), axis=-1)

    def call(self, visible: Any, visible_bias: Any, hidden_bias: Any) -> Any:
        """Return what data weighs less than samples, (...,): the gradient is that of contrastive divergence."""
        weights, made = ops.stop_gradient(self.weights_between), visible
        for _ in range(self.steps):
            hidden = _drawn(ops.matmul(made, weights) + ops.stop_gradient(hidden_bias), self.seeds)
            made = _drawn(ops.matmul(hidden, ops.transpose(weights)) + ops.stop_gradient(visible_bias), self.seeds)
        made = ops.stop_gradient(made)
        biases = (visible_bias, hidden_bias)
        return self.free_energy(visible, *biases) - self.free_energy(made, *biases)


def _drawn(logits: Any, seeds: Any) -> Any:
    return ops.cast(keras.random.uniform(ops.shape(logits), seed=seeds) < ops.sigmoid(logits), "float32")


class BoltzmannNetwork(keras.Model):
    """See the module. Its output holds the biases and what contrastive divergence is to lower.

    Args:
        num_keys: K.
        units: of the LSTM.
        hidden: H.
        steps: of Gibbs sampling while it learns.
        lags: frames that speak to the biases of the keys directly.
        dropout: of what the recurrent layer reads and gives.
        random_seed: of the sampling.
    """

    def __init__(
        self,
        num_keys: int,
        *,
        units: int = 128,
        hidden: int = 150,
        steps: int = 10,
        lags: int = 2,
        dropout: float = 0.3,
        random_seed: int = 0,
    ) -> None:
        super().__init__()
        self.num_keys, self.lags = num_keys, lags
        self.recurrent = recurrent("lstm", units)
        self.drop_in, self.drop = layers.Dropout(dropout / 2), layers.Dropout(dropout)
        self.visible_bias = layers.Dense(num_keys, bias_initializer=keras.initializers.Constant(-3.0))
        self.hidden_bias = layers.Dense(hidden, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))
        self.from_frames = layers.Dense(num_keys, use_bias=False, kernel_initializer="zeros")
        self.machine = BoltzmannMachine(hidden, steps, random_seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return (B, T - 1, K + H + 1) for {"roll": (B, T, K), "clock": (B, T, C)}.

        The visible biases, the hidden ones, and last the difference of free energies.
        """
        roll, clock = inputs["roll"], inputs["clock"][:, 1:]
        seen = ops.concatenate([self.drop_in(roll[:, :-1], training=training), clock], axis=-1)
        state = self.drop(self.recurrent(seen), training=training)
        visible = self.visible_bias(state) + self.from_frames(lagged(roll, self.lags))
        hidden = self.hidden_bias(state)
        difference = self.machine(roll[:, 1:], visible, hidden)
        return ops.concatenate([visible, hidden, ops.expand_dims(difference, -1)], axis=-1)


def contrastive_loss(truth: Any, outputs: Any) -> Any:
    """Return the last output of frames (B, T), the unscored ones (all keys below 0) 0 and the rest weighed up."""
    scored = ops.cast(ops.any(truth > -1.0, axis=-1), "float32")
    return outputs[..., -1] * scored / ops.maximum(ops.mean(scored), 1e-6)
