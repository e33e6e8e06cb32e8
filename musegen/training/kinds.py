"""The kinds of networks that a recipe can ask for: how each is configured, built and exported. NetworkKind, kind_of.

A new kind is a module of `networks`, a player in `engine.players` and a line here.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from musegen.engine.codec import Codec
from musegen.errors import StyleError


@dataclass(frozen=True, slots=True)
class NetworkKind:
    """A kind of network.

    Args:
        name: on cards, and of the player.
        module: of `musegen.networks`, with the classes of its config and network.
        config: name of the class of its config, a frozen dataclass with `to_config` and `from_config`.
        network: name of the class of the network, whose `sequence` is the Keras model.
        settings: what a recipe's [network] may say of it, and of what type.
        told: returns of a codec what the config has from it.
        export: module and function that writes the played files of a run, as `training.export.export_run`.
        grows: its network has `grow`, which takes the weights of a smaller one.
        own_loss: its network has `loss`, in place of the cross-entropy of classes.
    """

    name: str
    module: str
    config: str
    network: str
    settings: dict[str, type]
    told: Callable[[Any], dict[str, Any]]
    export: tuple[str, str]
    grows: bool = False
    own_loss: bool = False

    @property
    def config_class(self) -> Any:
        """The class of the config."""
        return getattr(import_module(self.module), self.config)

    def configure(self, codec: Codec, settings: dict[str, Any], dropout: float) -> Any:
        """Return the config of a network for a codec.

        Args:
            codec: says what goes in and comes out.
            settings: of the recipe.
            dropout: of a stage.
        """
        return self.config_class(**self.told(codec), **settings, dropout=dropout)

    def build(self, config: Any) -> Any:
        """Return the network of a config, with random weights."""
        return getattr(import_module(self.module), self.network)(config)

    def export_run(self, run: Path, folder: Path, config: Any) -> dict[str, Any]:
        """Write the played files of a run's best weights into a style's folder; return what the card says of it."""
        module, function = self.export
        return asdict(getattr(import_module(module), function)(run, folder, config))


def _told_recurrent(codec: Codec) -> dict[str, Any]:
    return {
        "num_events": codec.num_events,
        "trunk_columns": tuple(column.to_network() for column in codec.trunk_columns),
        "head_columns": tuple(column.to_network() for column in codec.head_columns),
        "num_heads": codec.num_heads,
        "shifts": codec.shifts,
    }


def _told_notebook(codec: Codec) -> dict[str, Any]:
    return {name: value for name, value in _told_recurrent(codec).items() if name != "shifts"}


KINDS = {
    kind.name: kind
    for kind in (
        NetworkKind(
            "recurrent",
            "musegen.networks.recurrent",
            "RecurrentConfig",
            "RecurrentNetwork",
            {"cell": str, "units": int, "num_layers": int, "head_units": int, "head_layers": int},
            _told_recurrent,
            ("musegen.training.export", "export_run"),
        ),
        NetworkKind(
            "notebook",
            "musegen.networks.notebook",
            "NotebookConfig",
            "NotebookNetwork",
            {"layer_units": list, "dense_units": int},
            _told_notebook,
            ("musegen.training.export", "export_run"),
        ),
        NetworkKind(
            "timed_notes",
            "musegen.networks.timed_notes",
            "TimedNotesConfig",
            "TimedNotesNetwork",
            {"units": int},
            _told_notebook,
            ("musegen.training.export", "export_run"),
            own_loss=True,
        ),
        NetworkKind(
            "lattice",
            "musegen.networks.lattice",
            "LatticeConfig",
            "LatticeNetwork",
            {"time_units": int, "frame_units": int, "note_units": int},
            lambda codec: codec.lattice(),
            ("musegen.training.export_lattice", "export_lattice"),
            grows=True,
        ),
    )
}


def get_kind(name: str) -> NetworkKind:
    """Return a kind of network by its name.

    Raises:
        StyleError: there is none; the message names those there are.
    """
    if name not in KINDS:
        raise StyleError(f'There is no network of the kind "{name:.40}"; there are {", ".join(sorted(KINDS))}.')
    return KINDS[name]


def kind_of(config: Any) -> NetworkKind:
    """Return the kind of a network's config."""
    return next(kind for kind in KINDS.values() if type(config).__module__ == kind.module)
