"""The key of a seed, and the seed in the key that is wanted. key_of, in_reach, into_key."""

from dataclasses import replace

from musegen.composers.fitting.length import move_to_key
from musegen.errors import CodecError
from musegen.languages import msgid
from musegen.music import KeySignature, Piece
from musegen.music.transform import known_key, map_notes, transpose
from musegen.remarks import Remark, remark

NO_NOTES = msgid("There are no pitched notes in this music; this style needs at least a melody.")


def key_of(piece: Piece) -> KeySignature:
    """Return the key of a piece: the first that is written, else the one that is heard.

    Raises:
        CodecError: it is not written, and there are no pitched notes.
    """
    found = known_key(piece)
    if found is None:
        raise CodecError(NO_NOTES)
    return found


def in_reach(piece: Piece) -> Piece:
    """Return the piece with octaves moved so that no transposition by a tritone leaves the MIDI range."""
    return map_notes(piece, lambda n: replace(n, pitch=min(max(n.pitch, n.pitch % 12 + 12), n.pitch % 12 + 108)))


def into_key(seed: Piece, wanted: KeySignature | None, messages: list[Remark]) -> Piece:
    """Return a seed in its first key or on the tonic that is wanted, signed so; its own mode is kept.

    Raises:
        CodecError: it is in no key, and there are no pitched notes.
    """
    own = key_of(seed)
    if not seed.key_signatures:
        messages.append(remark("key_found", key=(own.tonic, own.mode)))
    if len({(k.tonic, k.mode) for k in seed.key_signatures}) > 1:
        messages.append(remark("key_changes_first_used"))
    key = KeySignature(0.0, wanted.tonic if wanted else own.tonic, own.mode)
    if move := move_to_key(own, key, messages):
        seed = transpose(in_reach(seed), move)
    if wanted and wanted.mode != own.mode:
        said = {"key": (key.tonic, key.mode), "wanted": (wanted.tonic, wanted.mode)}
        messages.append(remark("mode_of_seed_kept_not", mode=own.mode, **said))
    return replace(seed, key_signatures=(key,))
