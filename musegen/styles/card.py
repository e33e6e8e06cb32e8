"""The card of a style: what it is for a musician first, then everything needed to load and to judge it."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from musegen.errors import StyleError
from musegen.languages import message

SCHEMA_VERSION = 2

LATTICE_FILE = "lattice.npz"
"""The weights of a network that is played from its weights themselves, see `engine.players.lattice`."""
RECALL_FILE = "recall.json"
"""How far a style's music goes on as it went on before, see `engine.recall`; a style may have none."""
PICTURE_FILE = "picture.json"
"""What stands beside the name of a style that a musician trained; a style may have none."""


@dataclass(frozen=True, slots=True)
class StyleCard:
    """What `checkpoints/<style_id>/card.json` holds.

    Args:
        schema_version: of this layout.
        style_id: name of the folder.
        title: as shown ("Folk tunes").
        description: one line for a musician: what it does.
        feed_it: what to give it.
        cannot: what it cannot do, honestly.
        modes: what it does, of `composers.modes.MODES`, the usual one first.
        voices: instruments or voices it writes, top first.
        meters: meters it knows, "4/4" first the default.
        keys: modes it knows, "major" first the default.
        qpm: default quarters a minute.
        temperature: default.
        num_bars: default length.
        composer: {"name", "config"}: the way of composing, and the settings of its representation.
        network: {"name", "config"}.
        sampling: defaults of the sampler beyond temperature.
        data: [{"name", "licence", "citation", "url", "pieces"}].
        licence: what this means for the user's own music, one plain sentence.
        held_out: {"corpora", "num_bars"}: names of the corpora whose held-out music it is judged by, and how many bars
            a stretch of it has where not the usual; {} where nothing is known to be held out.
        revision: raised where the style draws otherwise than before though its network is the same, so that recipes
            written earlier say so.
        training: settings, epochs, seconds, backend.
        quality: measured figures, each with its unit in the name.
        files: sha256 of every file of the style but the card.
    """

    schema_version: int
    style_id: str
    title: str
    description: str
    feed_it: str
    cannot: str
    modes: tuple[str, ...]
    voices: tuple[str, ...]
    meters: tuple[str, ...]
    keys: tuple[str, ...]
    qpm: float
    temperature: float
    num_bars: int
    composer: dict[str, Any]
    network: dict[str, Any]
    sampling: dict[str, Any]
    data: tuple[dict[str, Any], ...]
    licence: str
    held_out: dict[str, Any] = field(default_factory=dict)
    revision: int = 1
    training: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def recalls(self) -> bool:
        """Whether it has learned how far its music goes on as it went on before."""
        return RECALL_FILE in self.files

    @property
    def sha256(self) -> str:
        """Sha256 of the played network and of how it is drawn from, which names the style's version in a take."""
        import hashlib

        joined = "".join(
            self.files.get(name, "") for name in ("advance.tflite", "logits.tflite", LATTICE_FILE, RECALL_FILE)
        )
        if self.revision > 1:
            joined += f"revision {self.revision}"
        return hashlib.sha256(joined.encode()).hexdigest()


def load_card(folder: Path) -> StyleCard:
    """Return the card of a style's folder.

    Raises:
        StyleError: there is none, it is damaged, or it is of another version.
    """
    path = folder / "card.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise StyleError('There is no style "{name}".', name=folder.name) from error
    except (OSError, ValueError) as error:
        raise StyleError(
            'The card of the style "{name}" cannot be read; restore {path_name}.', name=folder.name, path_name=path.name
        ) from error
    if not isinstance(data, dict) or data.get("schema_version") != SCHEMA_VERSION:
        found = data.get("schema_version") if isinstance(data, dict) else None
        raise StyleError(
            'The card of the style "{name}" is of version {found}, this program reads version {schema_version}.',
            name=folder.name,
            found=found,
            schema_version=SCHEMA_VERSION,
        )
    known = {f.name for f in fields(StyleCard)}
    wrong = sorted(set(data) - known) or sorted(known - set(data) - _OPTIONAL)
    if wrong:
        what = message("has a field that is not known") if wrong[0] in data else message("lacks the field")
        raise StyleError(
            'The card of the style "{name}" ({path_name}) {what}: "{wrong}".',
            name=folder.name,
            path_name=path.name,
            what=what,
            wrong=wrong[0],
        )
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    card = StyleCard(**values)
    for name in _KINDS:
        if not isinstance(getattr(card, name), _KINDS[name]):
            raise StyleError(
                'In the card of the style "{name}" ({path_name}) the field "{name_2}" is '
                "{card!r:.40}, which it cannot be.",
                name=folder.name,
                path_name=path.name,
                name_2=name,
                card=getattr(card, name),
            )
    if set(card.composer) != {"name", "config"}:
        raise StyleError(
            'The card of the style "{name}" ({path_name}) does not say how it composes.',
            name=folder.name,
            path_name=path.name,
        )
    return card


_OPTIONAL = {"held_out", "revision", "training", "quality", "files"}
_KINDS: dict[str, Any] = {
    **dict.fromkeys(("style_id", "title", "description", "feed_it", "cannot", "licence"), str),
    **dict.fromkeys(("modes", "voices", "meters", "keys", "data"), tuple),
    **dict.fromkeys(("composer", "network", "sampling", "held_out", "training", "quality", "files"), dict),
    **dict.fromkeys(("qpm", "temperature", "num_bars"), (int, float)),
    "revision": int,
}


def save_card(card: StyleCard, folder: Path) -> None:
    """Write the card into a style's folder."""
    (folder / "card.json").write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
