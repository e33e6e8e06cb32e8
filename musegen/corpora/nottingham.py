"""The Nottingham collection: British and American folk tunes in ABC with chords, to learn chords from."""

from musegen.corpora.base import Dataset, RemoteFile, fetch, register
from musegen.corpora.chorded_tunes import ChordedTune, kept_tunes, plain_title, tenth_of
from musegen.errors import FileFormatError
from musegen.files.abc import read_abc
from musegen.files.abc.book import split_tunes

CACHE_VERSION = 3
SPLITS = ("train", "valid", "test")
MIN_SYMBOLS = 8
_REVISION = "0992bb6cd864"
_FILES = (
    ("ashover.abc", "6586eea8dca53866b42721050d11fc1408bdb2cf31a902b41c5c13504139b164", 19647),
    ("hpps.abc", "6d035c6972ac0c204ba79d8128e2d71978ece2214a29ffceeb3e053e27f17db5", 25222),
    ("jigs.abc", "5bb6f621e443bde552540810e3ea53e53531fd22258736e338d795e7a5bdcaf5", 129665),
    ("morris.abc", "cbf60b212c87748dea226c76b72a15db5b4f606bb35a580763e9cd8f7294e7da", 12002),
    ("playford.abc", "070877bc37176e0dedbcd038268d6669399201cd7b58d88b4ab36127528f9c76", 5101),
    ("reelsa-c.abc", "f92ed0e66024e0a5bb7d21fe3172cd50c3fb4cb7f642b4ec7cd5aa8ad0396da8", 37613),
    ("reelsd-g.abc", "33f535569116ec8cfb530c112f4cdc3bfb7fc042c271e0317cf6458bad30dfae", 42433),
    ("reelsh-l.abc", "cb701d4ffe6839cb7a5655bc21785ecb71a72ab63d8560f7be3856f6aedaf7e5", 43044),
    ("reelsm-q.abc", "a99f2967cf47460bba70bae40cd355a220b537a87180131c6d9433750bc446a1", 38405),
    ("reelsr-t.abc", "f80a2c0f37a49b9b0c748e922924d59c40d82758abc5b0f7fc9245d7fd563be0", 46838),
    ("reelsu-z.abc", "d104d7d1bb83eb1ca18f6b944dc22cf9f7bfe5f955d07cd573615985f69c2c1f", 17203),
    ("slip.abc", "da686b3a0de20aab38e64f8c8ec57edace980bab6450a6c388d79a2866e5b16a", 3838),
    ("waltzes.abc", "ffa773d012756be17784ab4a84e0e4618f316be5c6f244f9d60c06b23cd812c6", 21490),
    ("xmas.abc", "05ebc4b856c8c5186bb828641e8f88f723c109d47ba7e3f1e5048b536e091249", 3519),
)  # fmt: skip

NOTTINGHAM = register(
    Dataset(
        name="nottingham",
        title="Nottingham collection",
        homepage="http://abc.sourceforge.net/NMD/",
        files=tuple(
            RemoteFile(
                f"https://raw.githubusercontent.com/jukedeck/nottingham-dataset/{_REVISION}/ABC_cleaned/{name}",
                sha256,
                f"ABC_cleaned/{name}",
                size,
            )
            for name, sha256, size in _FILES
        ),
        licence="The cleaned edition says GNU GPL 3; the rights of single authors and transcribers are not known.",
        citation="E. Foxley, Nottingham Music Database; cleaned edition by Jukedeck.",
        notes="Only tunes of one meter and one key with at least eight chord symbols are read, as printed, repeats not "
        "played. The network that guesses chords learned from it, no style has.",
    )
)


def split_of(title: str) -> str:
    """Return the split of a tune, by its name alone: no tune is in two. A fifth is "test", a tenth "valid"."""
    number = tenth_of(plain_title(title))
    return "test" if number % 5 == 0 else "valid" if number == 1 else "train"


def read_chorded_tunes(split: str, limit: int | None = None) -> list[ChordedTune]:
    """Return tunes of a split in a fixed order; the first call reads them, later ones a cache.

    Args:
        split: of `SPLITS`.
        limit: read no more than this many, spread over the collection; None for all.

    Raises:
        ValueError: there is no such split.
        DatasetError: the corpus cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    return kept_tunes(f"nottingham-v{CACHE_VERSION}-{split}-{limit or 'all'}", lambda: _read(split, limit))


def _read(split: str, limit: int | None) -> list[ChordedTune]:
    folder = fetch(NOTTINGHAM)
    texts = []
    for name, _, _ in _FILES:
        text = (folder / "ABC_cleaned" / name).read_text(encoding="latin-1")
        texts += [(f"{name.removesuffix('.abc')}/{i}", tune) for i, tune in enumerate(split_tunes(text), 1)]
    texts = [(name, tune) for name, tune in texts if split_of(_title(tune)) == split]
    step = max(len(texts) // limit, 1) if limit else 1
    read = (_tune(name, tune) for name, tune in texts[::step])
    return [tune for tune in read if tune is not None]


def _title(tune: str) -> str:
    return next((line[2:].strip() for line in tune.splitlines() if line.startswith("T:")), "")


def _tune(name: str, text: str) -> ChordedTune | None:
    if text.count('"') < 2 * MIN_SYMBOLS or "[V:" in text:
        return None
    try:
        piece = read_abc(text, in_order=False)
    except FileFormatError:
        return None
    plain = len(piece.time_signatures) == 1 and len(piece.key_signatures) == 1 and len(piece.tracks) == 1
    return ChordedTune(name, piece) if plain and len(piece.chord_symbols) >= MIN_SYMBOLS else None
