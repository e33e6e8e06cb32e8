"""What is in a musician's files, before anything is trained: check_files, Check, CheckedFile, CheckJob.

Each file is read once, by the same reader as a seed. What is said of it: what it holds, whether it is used, whether it
is there twice, and how much of it a style knows already.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from musegen.composers.registry import get_composer
from musegen.errors import CancelledError, MusegenError
from musegen.evaluation.originality import lines_of
from musegen.files import Reading, read_with_remarks
from musegen.languages import message
from musegen.music import Piece
from musegen.services.judging.originality import index_of
from musegen.services.making.background import Job
from musegen.services.seeds.seed import describe_seed
from musegen.services.styles import StyleCard, abilities_of, get_style
from musegen.services.training.kinds import proposed, teaching, trainable
from musegen.services.training.uploads import Dropped, unpacked
from musegen.styles.shelf import style_folder

LEAST_NOTES = 16
"""Of a piece that is learned from: fewer say nothing of how music goes on."""
LEAST_FILES = 2
"""One to learn from, one held out."""
FEW_NOTES, SOME_NOTES = 1500, 6000
KNOWN_SHARE, KNOWN_NOTES = 0.6, 24
"""A piece is known to a style where one run of its notes is in the style's music: so much of it, or so many notes."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What was found in one file.

    Args:
        name: of the file.
        holds: what it holds, in a line; "" where it cannot be read.
        used: whether it is learned from.
        why: a sentence where it is not used, or only a part of it.
        known: title of the style that knows its music already, and how much of it; "" where none does.
        num_notes: that are learned from.
        data: content of the file.
    """

    name: str
    holds: str
    used: bool
    why: str = ""
    known: str = ""
    num_notes: int = 0
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in all files.

    Args:
        base: id of the style that they were read for.
        proposals: ids of the styles that can be gone on from, nearest to the files first, then of the notebooks'
            networks, which begin from nothing.
        files: a file each, in the order in which they were dropped.
        trouble: what else was left out, a sentence each.
    """

    base: str
    proposals: tuple[str, ...]
    files: tuple[CheckedFile, ...]
    trouble: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[CheckedFile, ...]:
        """The files that are learned from."""
        return tuple(file for file in self.files if file.used)

    @property
    def num_notes(self) -> int:
        """Notes that are learned from."""
        return sum(file.num_notes for file in self.used)

    @property
    def is_enough(self) -> bool:
        """Whether anything can be learned at all."""
        return len(self.used) >= LEAST_FILES

    def sentences(self) -> list[str]:
        """Return what all files come to, and what can be expected of it."""
        used, left = len(self.used), len(self.files) - len(self.used)
        said = [
            message(
                "{used} of {count:# file|# files} can be learned from: {notes:,} notes.",
                used=used,
                count=len(self.files),
                notes=self.num_notes,
            )
        ]
        if left:
            said.append(message("{count:# is|# are} left out; the table says why.", count=left))
        known = sum(bool(file.known) for file in self.used)
        if known:
            said.append(
                message(
                    "{count:# of them is|# of them are} known to the style already, so little new is to be "
                    "learned from them.",
                    count=known,
                )
            )
        return [*said, self.expectation()]

    def expectation(self) -> str:
        """Return what can be expected of so much music, a sentence."""
        if not self.is_enough:
            return message(
                "At least {least} different pieces are needed, one to learn from and one to see whether it "
                "learned; add files.",
                least=LEAST_FILES,
            )
        if self.num_notes < FEW_NOTES:
            return message(
                "That is very little: expect the style you go on from with a slight accent, and now and "
                "then a phrase of your files word for word; from nothing it would only repeat "
                "them."
            )
        if self.num_notes < SOME_NOTES:
            return message(
                "That is little: enough to bend a style towards your music, too little to begin from nothing."
            )
        return message(
            "That is enough to go on from a style with; to begin from nothing, a hundred pieces and more are better."
        )


def check_files(
    files: Sequence[tuple[str, bytes]],
    base: str = "",
    *,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
    read: Callable[[str, bytes], Reading] = read_with_remarks,
) -> Check:
    """Return what is in files, and how they can be learned from.

    Args:
        files: name and content of each; zip archives are opened.
        base: id of the style to go on from; "" for the one that is nearest to the files.
        progress: called with the share done.
        cancelled: polled between files.
        read: reads a file, as `files.read_with_remarks`.

    Raises:
        StyleError: there is no such style, or it cannot learn from files.
        CancelledError: `cancelled` returned True.
    """
    dropped, trouble = unpacked(files)
    pieces: list[Piece | str] = []
    for number, file in enumerate(dropped):
        if cancelled():
            raise CancelledError("Stopped.")
        pieces.append(_read(file, read))
        progress(0.8 * (number + 1) / len(dropped))
    cards = proposed([piece for piece in pieces if isinstance(piece, Piece)], trainable())
    card = get_style(base) if base else cards[0]
    if not abilities_of(card).own_files:
        raise get_composer(card.composer["name"]).refusal("train", card)
    first: dict[str, str] = {}
    found = []
    for number, (file, piece) in enumerate(zip(dropped, pieces, strict=True)):
        if cancelled():
            raise CancelledError("Stopped.")
        found.append(_checked(file, piece, card, first))
        progress(0.8 + 0.2 * (number + 1) / len(dropped))
    return Check(card.style_id, tuple(each.style_id for each in (*cards, *teaching())), tuple(found), tuple(trouble))


def _read(file: Dropped, read: Callable[[str, bytes], Reading]) -> Piece | str:
    try:
        return read(file.name, file.data).piece
    except MusegenError as error:
        return str(error)


def _checked(file: Dropped, piece: Piece | str, card: StyleCard, first: dict[str, str]) -> CheckedFile:
    """Return what is said of a file; `first` holds the name of the first file of each music, by its digest."""
    if isinstance(piece, str):
        return CheckedFile(file.name, "", used=False, why=piece)
    holds = describe_seed(piece) if piece.num_notes else message("no notes")
    if not any(track.notes and not track.is_drum for track in piece.tracks):
        return CheckedFile(
            file.name, holds, used=False, why=message("It has no pitched notes, so no style can learn from it.")
        )
    digest = _digest(piece)
    if digest in first:
        return CheckedFile(
            file.name, holds, used=False, why=message("It is the same music as {name}.", name=first[digest])
        )
    composer = get_composer(card.composer["name"])
    try:
        taken = composer.lesson(composer.open(card.composer["config"]), piece, card)[0]
    except MusegenError as error:
        return CheckedFile(file.name, holds, used=False, why=str(error))
    notes, all_notes = taken.num_notes, sum(len(t.notes) for t in piece.tracks if not t.is_drum)
    if notes < LEAST_NOTES:
        why = message(
            "Only {count:# note|# notes} of it can be learned from; {least} are needed.", count=notes, least=LEAST_NOTES
        )
        return CheckedFile(file.name, holds, used=False, why=why)
    first[digest] = file.name
    part = ""
    if notes < 0.95 * all_notes:
        part = message(
            "{used} of its {count} notes: {title} writes no more at once.",
            used=notes,
            count=all_notes,
            title=card.title,
        )
    return CheckedFile(file.name, holds, True, part, _known(piece, card), notes, file.data)


def _known(piece: Piece, card: StyleCard) -> str:
    """Return how much of a piece a style learned from, in words; "" where it is no more than chance and formulas."""
    index = index_of(style_folder(card.style_id))
    if index is None:
        return ""
    lines = lines_of(piece, played=not abilities_of(card).bars)
    run = index.longest(lines)
    longest = max((len(line.pitch) for line in lines), default=0)
    if run.num_notes >= KNOWN_SHARE * longest or run.num_notes >= KNOWN_NOTES:
        if not run.source:
            return message("{count} notes in a row", count=run.num_notes)
        return message("{count} notes in a row, from {source}", count=run.num_notes, source=run.source)
    return ""


def _digest(piece: Piece) -> str:
    """Return a digest of the notes, the same in every key."""
    notes = sorted((n.onset_quarter, n.pitch, n.duration_quarter) for track in piece.tracks for n in track.notes)
    lowest = min(pitch for _, pitch, _ in notes)
    return hashlib.sha256(repr([(at, pitch - lowest, length) for at, pitch, length in notes]).encode()).hexdigest()


class CheckJob(Job):
    """Files that are being looked at.

    Attributes:
        found: what was found, None until then.
    """

    doing = "checking files"
    unexpected = message("Something went wrong while reading the files; leave some out and try again.")

    def __init__(
        self,
        files: Sequence[tuple[str, bytes]],
        base: str = "",
        read: Callable[[str, bytes], Reading] = read_with_remarks,
    ) -> None:
        super().__init__()
        self.found: Check | None = None
        self._files, self._base, self._reader = tuple(files), base, read

    def _work(self) -> None:
        self.found = check_files(
            self._files, self._base, progress=self._report, cancelled=self._cancelled.is_set, read=self._reader
        )

    def _words(self) -> str:
        return f"{len(self._files)} files"
