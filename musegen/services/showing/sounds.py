"""What a page plays with: sounds of single keys in packs, the room, and the server's own rendering of a piece.

Sounds, stock_names.
Packs are made once and kept on disk under the home folder and in memory: when they are asked for, as soon as music
that needs them is shown, or, for the instruments of the examples, after the start of the server. ``MUSEGEN_SOUNDS``
limits that: "shown" leaves out the last, "asked" the last two. A piece's WAV is made when it is asked for; who asks
needs the key that `Sounds.offer` gave for it.
"""

import hashlib
import logging
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any

from musegen.errors import MusegenError
from musegen.music import Piece
from musegen.rendering.audio import Keys
from musegen.services.showing import downloads as studio
from musegen.services.showing.sound_packs import SHOWN, STOCK, PackMaker, Place

MAX_OFFERS = 256
"""Pieces whose WAV may be asked for at one time; the one not asked for longest is forgotten first."""

_PACK_NAME = re.compile(r"([pd])(\d{1,3})-(\d{1,2})")
_KEEP_SECONDS = 600.0  # after which a changed sound font is noticed
_REACH = 7  # semitones beyond an example's notes that what is composed from it may go
_log = logging.getLogger(__name__)


class Sounds:
    """The sounds of one program, for all who play with them; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offers: OrderedDict[str, Piece] = OrderedDict()
        self._keys: dict[tuple[Hashable, ...], str] = {}
        self._version: tuple[float, str] | None = None
        self._format = "ogg"  # that browsers asked for last
        self._foreseen: set[str] = set()  # names of packs that were seen to already
        self._stocking: threading.Thread | None = None
        self._packs = PackMaker(_make)

    def version(self) -> str:
        """Return a name for how notes sound here: it changes with synthesiser, sound font and the making of packs.

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        from musegen.rendering.audio import synth_identity
        from musegen.rendering.samples import PACK_VERSION

        known = self._version
        if known is None or time.monotonic() - known[0] > _KEEP_SECONDS:
            identity = f"{PACK_VERSION} {synth_identity()}"
            known = self._version = (time.monotonic(), hashlib.sha256(identity.encode()).hexdigest()[:16])
        return known[1]

    def index(self) -> dict[str, Any]:
        """Return where packs are: ``{version, keys}``; see `pack`.

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        from musegen.rendering.samples import KEYS

        return {"version": self.version(), "keys": KEYS}

    def pack(self, version: str, name: str, audio_format: str) -> bytes | None:
        """Return a pack (see `musegen.rendering.samples.make_pack`), or None where there is none of that name.

        Args:
            version: as in `index`.
            name: "p0-5" for program 0, pitches 60 to 71, "d0-3" for drum kit 0, pitches 36 to 47, or "room".
            audio_format: "ogg" or "flac".

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        from musegen.rendering import samples

        if version != self.version() or audio_format not in samples.FORMATS:
            return None
        if name != "room":
            found = _PACK_NAME.fullmatch(name)
            if not found or int(found[2]) > 127 or int(found[3]) > 10:
                return None
            name = f"{found[1]}{int(found[2])}-{int(found[3])}"  # one name for "p7-5" and "p07-5"
        self._format = audio_format
        return self._packs.get(Place(version, name, audio_format))

    def forget_packs(self) -> None:
        """Forget the packs in memory; those among the blobs are found again."""
        self._packs.forget()

    def offer(self, piece: Piece) -> str:
        """Return an address, relative to the app's own, at which a piece's sound is had: "musegen/take/x.wav".

        Equal music has one address while it is remembered; nobody can guess it. Since it is about to be shown, the
        packs that it needs are made meanwhile.
        """
        content = studio.what_sounds(piece)
        with self._lock:
            key = self._keys.get(content)
            if key is None:
                self._foresee(piece)
                key = self._keys[content] = secrets.token_urlsafe(18)
                self._offers[key] = piece
                while len(self._offers) > MAX_OFFERS:
                    forgotten = self._offers.popitem(last=False)[1]
                    del self._keys[studio.what_sounds(forgotten)]
            self._offers.move_to_end(key)
        return f"musegen/take/{key}.wav"

    def wav(self, key: str) -> bytes | None:
        """Return the WAV of a piece that was offered under a key, or None.

        Raises:
            RenderingError: no synthesiser or sound font is installed.
        """
        piece = self._offered(key)
        return None if piece is None else studio.wav(piece)

    def midi(self, key: str) -> bytes | None:
        """Return the MIDI file of a piece that was offered under a key (see `offer`), or None."""
        piece = self._offered(key)
        return None if piece is None else studio.file_bytes(piece, "mid")

    def make_in_advance(self, delay_seconds: float = 10.0) -> threading.Thread | None:
        """Have the packs made, once and little by little, that the examples and what is composed from them need.

        Args:
            delay_seconds: left first for the first page to be drawn in.

        Returns:
            the thread that does it, or None where ``MUSEGEN_SOUNDS`` rules it out.
        """
        if _made_ahead() != "all":
            return None
        with self._lock:
            if self._stocking is None:
                name = "sounds stock"
                self._stocking = threading.Thread(target=self._stock, args=(delay_seconds,), name=name, daemon=True)
                self._stocking.start()
            return self._stocking

    def _offered(self, key: str) -> Piece | None:
        with self._lock:
            piece = self._offers.get(key)
            if piece is not None:
                self._offers.move_to_end(key)
            return piece

    def _foresee(self, piece: Piece) -> None:
        """Have made, without waiting, the packs that a piece needs, as far as that was not seen to already."""
        names = [name for name in ("room", *_needs(piece)) if name not in self._foreseen]
        if names and _made_ahead() != "asked":
            self._foreseen.update(names)
            threading.Thread(target=self._make_ahead, args=(names, SHOWN), name="sounds ahead", daemon=True).start()

    def _stock(self, delay_seconds: float) -> None:
        time.sleep(delay_seconds)
        self._make_ahead(stock_names(), STOCK)

    def _make_ahead(self, names: Iterable[str], wanted: int) -> None:
        try:
            version = self.version()
            for name in names:
                begun = time.monotonic()
                job = self._packs.ahead(Place(version, name, self._format), wanted)
                if job is not None and wanted == STOCK:
                    job.result()
                    time.sleep(min(time.monotonic() - begun, 2.0))  # the half of a processor is for others
        except MusegenError as error:
            _log.info("no sounds are made in advance: %s", error)
        except Exception:  # they are made when they are asked for, if they can be
            _log.warning("sounds could not be made in advance", exc_info=True)


def stock_names() -> list[str]:
    """Return the names of the packs that `Sounds.make_in_advance` makes, the room first."""
    from musegen.services.seeds.seed import list_examples, load_example

    pieces = [load_example(example.example_id).piece for example in list_examples()]
    return list(dict.fromkeys(["room", *(name for piece in pieces for name in _needs(piece, _REACH))]))


def _make(place: Place, keys: Keys) -> bytes:
    from musegen.rendering import reverb, samples

    if place.name == "room":
        return reverb.make_room(place.audio_format)
    found = _PACK_NAME.fullmatch(place.name)
    assert found, place.name
    return samples.make_pack(int(found[2]), found[1] == "d", int(found[3]), place.audio_format, keys=keys)


def _needs(piece: Piece, reach: int = 0) -> list[str]:
    """Return the names of the packs that have a piece's keys, and keys so many semitones below and above."""
    from musegen.rendering.samples import KEYS

    names: dict[str, None] = {}
    for track in piece.tracks:
        for pitch in {note.pitch for note in track.notes}:
            for near in {max(pitch - reach, 0), pitch, min(pitch + reach, 127)}:
                names[f"{'d' if track.is_drum else 'p'}{track.program}-{near // KEYS}"] = None
    return list(names)


def _made_ahead() -> str:
    """Return what is made before it is asked for: "all", "shown", or "asked" for nothing."""
    return os.environ.get("MUSEGEN_SOUNDS") or "all"
