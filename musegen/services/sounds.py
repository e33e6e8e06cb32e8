"""What a page plays with: sounds of single keys in packs, the room, and the server's own rendering of a piece.

sound_index, sound_pack, sound_room, offer_wav, offered_wav.
Packs are made once and kept on disk under the home folder and in memory. A piece's WAV is made when it is asked for;
who asks needs the key that `offer_wav` gave for it.
"""

import hashlib
import logging
import os
import re
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from musegen.music import Piece
from musegen.paths import home_dir
from musegen.services import studio

MAX_PACK_BYTES = 48 * 2**20
"""Memory for packs; an octave of a piano takes about 180 kB."""

MAX_OFFERS = 256
"""Pieces whose WAV may be asked for at one time; the one not asked for longest is forgotten first."""

_PACK_NAME = re.compile(r"([pd])(\d{1,3})-(\d{1,2})")
_KEEP_SECONDS = 600.0  # after which a changed sound font is noticed
_log = logging.getLogger(__name__)
_lock = threading.Lock()
_packs: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
_making: dict[tuple[str, str, str], threading.Lock] = {}
_offers: OrderedDict[str, Piece] = OrderedDict()
_keys: dict[tuple, str] = {}
_version: tuple[float, str] | None = None


def sound_version() -> str:
    """Return a name for how notes sound here: it changes with the synthesiser, the sound font and the making of packs.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    global _version
    from musegen.rendering.audio import synth_identity
    from musegen.rendering.samples import PACK_VERSION

    known = _version
    if known is None or time.monotonic() - known[0] > _KEEP_SECONDS:
        identity = f"{PACK_VERSION} {synth_identity()}"
        known = _version = (time.monotonic(), hashlib.sha256(identity.encode()).hexdigest()[:16])
    return known[1]


def sound_index() -> dict:
    """Return where packs are: ``{version, keys}``; see `sound_pack`.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    from musegen.rendering.samples import KEYS

    return {"version": sound_version(), "keys": KEYS}


def sound_pack(version: str, name: str, audio_format: str) -> bytes | None:
    """Return a pack (see `musegen.rendering.samples.make_pack`), or None where there is none of that name.

    Args:
        version: as in `sound_index`.
        name: "p0-5" for program 0, pitches 60 to 71, "d0-3" for drum kit 0, pitches 36 to 47, or "room".
        audio_format: "ogg" or "flac".

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    from musegen.rendering import room, samples

    if version != sound_version() or audio_format not in samples.FORMATS:
        return None
    if name == "room":
        return _kept((version, name, audio_format), lambda: room.make_room(audio_format))
    found = _PACK_NAME.fullmatch(name)
    if not found or int(found[2]) > 127 or int(found[3]) > 10:
        return None
    program, octave = int(found[2]), int(found[3])
    name = f"{found[1]}{program}-{octave}"  # one name for "p7-5" and "p07-5"
    return _kept((version, name, audio_format),
                 lambda: samples.make_pack(program, found[1] == "d", octave, audio_format))  # fmt: skip


def offer_wav(piece: Piece) -> str:
    """Return an address, relative to the app's own, at which the sound of a piece can be fetched: "musegen/take/x.wav".

    Equal music has one address while it is remembered; nobody can guess it.
    """
    content = (piece.tracks, piece.tempos)
    with _lock:
        key = _keys.get(content)
        if key is None:
            key = _keys[content] = secrets.token_urlsafe(18)
            _offers[key] = piece
            while len(_offers) > MAX_OFFERS:
                forgotten = _offers.popitem(last=False)[1]
                del _keys[forgotten.tracks, forgotten.tempos]
        _offers.move_to_end(key)
    return f"musegen/take/{key}.wav"


def offered_wav(key: str) -> bytes | None:
    """Return the WAV of a piece that was offered under a key, or None.

    Raises:
        RenderingError: no synthesiser or sound font is installed.
    """
    with _lock:
        piece = _offers.get(key)
        if piece is not None:
            _offers.move_to_end(key)
    return None if piece is None else studio.wav(piece)


# --------------------------------------------------------------------------------------------------- kept packs


def _kept(place: tuple[str, str, str], make: Callable[[], bytes]) -> bytes:
    """Return a pack from memory, from disk, or made now; two threads never make it twice."""
    with _lock:
        if place in _packs:
            _packs.move_to_end(place)
            return _packs[place]
        making = _making.setdefault(place, threading.Lock())
    with making:
        with _lock:
            if place in _packs:
                return _packs[place]
        path = _path(place)
        data = _read(path)
        if data is None:
            data = make()
            if path is not None:
                _write(path, data)
        with _lock:
            _packs[place] = data
            _making.pop(place, None)
            while sum(map(len, _packs.values())) > MAX_PACK_BYTES and len(_packs) > 1:
                _packs.popitem(last=False)
    return data


def _path(place: tuple[str, str, str]) -> Path | None:
    version, name, audio_format = place
    try:
        return home_dir() / "sounds" / version / f"{name}.{audio_format}.pack"
    except OSError:  # no home folder can be made: packs are made anew each time
        return None


def _read(path: Path | None) -> bytes | None:
    from musegen.rendering.pack import unpacked

    try:
        data = path.read_bytes() if path else b""
        unpacked(data)
    except (OSError, ValueError):
        return None
    return data


def _write(path: Path, data: bytes) -> None:
    """Keep a pack on disk, all or nothing; a full disk costs only the time to make it again."""
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).replace(path)
    except OSError as error:
        _log.warning("a pack of sounds could not be kept in %s: %s", path.parent, error)
        if draft:
            Path(draft).unlink(missing_ok=True)
