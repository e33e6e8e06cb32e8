from collections import Counter

import pytest

from musegen.composers.tune.codec import FolkTuneCodec
from musegen.corpora import folk_tunes
from musegen.corpora.folk_abc import Sound, TuneError, parse_tune, split_tunes
from musegen.music import KeySignature, Note, Piece, Track
from musegen.music.transform import transpose

HEAD = "X:1\nT:Test\nM:{m}\nL:1/8\nK:{k}\n"


def tune(body, meter="4/4", key="C"):
    return folk_tunes.piece_of(parse_tune(HEAD.format(m=meter, k=key) + body))


def sounds(body, meter="4/4", key="C"):
    items = parse_tune(HEAD.format(m=meter, k=key) + body).items
    return [(x.pitch, x.ticks) if isinstance(x, Sound) else x for x in items]


def notes(piece):
    return [(round(n.onset_quarter * 24), n.pitch, round(n.duration_quarter * 24)) for n in piece.tracks[0].notes]


SIX_BARS = "c8|d8|e8|f8|g8|"


def test_lengths_octaves_and_broken_rhythm():
    assert sounds("C2 c'/ d>e f<<g z/2 A,3/2") == [
        (60, 24), (84, 6), (74, 18), (76, 6), (77, 3), (79, 21), (None, 6), (57, 18),
    ]  # fmt: skip


def test_triplets_and_a_slur_before_one():
    assert sounds("((3cde) (3f/g/a/ c") == [(72, 8), (74, 8), (76, 8), (77, 4), (79, 4), (81, 4), (72, 12)]


def test_accidentals_last_until_the_bar_line_and_the_key_holds():
    assert [x[0] for x in sounds("fc^GG=fF|fG", key="D") if isinstance(x, tuple)] == [78, 73, 68, 68, 77, 66, 78, 67]
    assert [x[0] for x in sounds("BEA", key="Gm")] == [70, 63, 69]
    assert [x[0] for x in sounds("BFC", key="E Dorian")] == [71, 66, 61]


def test_an_accidental_is_tied_over_the_bar_line():
    assert [x[0] for x in sounds("^c4-|c4 c") if isinstance(x, tuple)] == [73, 73, 72]


def test_ornaments_words_and_double_stops():
    assert sounds('{ed}c2 "Am"~d .e [G2e2] !trill!f') == [(72, 24), (74, 12), (76, 12), (76, 24), (77, 12)]


def test_second_endings_replace_first_ones():
    assert sounds("|:c8|1 d8:|2 e8||f8:|") == ["|:", (72, 96), "|", (76, 96), ":|", (77, 96), ":|"]
    assert sounds("c8|[1 d8:|[2 e8|]") == [(72, 96), "|", (76, 96), ":|"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("c4|[M:3/4]d4", "changes inside"),
        ("c8|1 d8:|2 e8:|3 f8|]", "more than two"),
        ("c8|1 d8|2 e8|]", "endings"),
        ("(3cd|e4", "left open"),
        ("c2 $ d", "not understood"),
    ],
)
def test_what_is_not_read_is_refused(body, reason):
    with pytest.raises(TuneError, match=reason):
        parse_tune(HEAD.format(m="4/4", k="C") + body)


def test_split_tunes_at_their_numbers():
    assert [t.split("\n")[1] for t in split_tunes("\nX:1\nT:a\n\nX:2\nT:b\n")] == ["T:a", "T:b"]


def test_a_section_with_a_pickup_stays_in_the_bars():
    piece = tune("G|c8|d8|e7:|:g|c8|d8|e8|c7:|")
    assert piece.pickup_quarter == 0.5
    assert [(b.onset_quarter, b.kind) for b in piece.barlines] == [(12.0, "repeat-both"), (28.0, "repeat-end")]


def test_a_section_end_is_filled_or_shortened():
    filled = tune("G|c8|d8|e7||c8|d8|e8|c7|]")
    assert notes(filled)[3:5] == [(204, 76, 84), (300, 72, 96)]
    shortened = tune("c8|d8|e8||G|c8|d8|c8|e8|]")
    assert notes(shortened)[2:4] == [(192, 76, 84), (276, 67, 12)]


def test_ties_over_the_bar_line_are_one_note():
    assert notes(tune("c4 d4-|d4 e4|" + SIX_BARS))[:3] == [(0, 72, 48), (48, 74, 96), (144, 76, 48)]


@pytest.mark.parametrize(
    ("body", "meter", "reason"),
    [
        ("c8|d7|e8|f8|g8|a8|", "4/4", "add up"),
        ("c8|d8|", "4/4", "fewer"),
        ("c8|" * 70, "4/4", "more than 64"),
        ("c5|" * 8, "5/8", "rare meter"),
        ("c6 (5defga z/2|" + SIX_BARS, "4/4", "."),
    ],
)
def test_unusable_tunes_are_refused_with_a_reason(body, meter, reason):
    with pytest.raises(TuneError, match=reason):
        tune(body, meter)


def test_a_tune_that_rests_on_another_degree_gets_its_own_mode():
    body = "A2AB A2AG|A2AB A2AG|A4 e4|d4 A4|A8||A2AB A2AG|A4 A4|A8|]"
    assert tune(body, key="G").key_signatures == (KeySignature(0.0, 9, "dorian"),)
    assert tune(body, key="A").key_signatures == (KeySignature(0.0, 9, "major"),)
    assert tune("GABG d4|" * 6 + "A8|]", key="G").key_signatures[0].mode == "major"


def family_sizes(pieces):
    tunes = [folk_tunes.FolkTune(f"t{i}", "airds", p) for i, p in enumerate(pieces)]
    return sorted(map(len, folk_tunes.tune_families(tunes)))


def test_a_tune_and_its_transposition_in_another_rhythm_are_one_family():
    first = "GABc dedc|BdgB A2 GA|BcdB cBAG|FGAB c2 Bc|dgfe dcBA|GBAF G2 D2|"
    dotted = "G>AB>c d>ed>c|B>dg>B A2 G>A|B>cd>B c>BA>G|F>GA>B c2 B>c|d>gf>e d>cB>A|G>BA>F G2 D2|"
    other = "gfed gfed|cBAG cBAG|fdBG fdBG|ecAE ecAE|gbga fdfd|gfdB G4|"
    pieces = [tune(first, key="G"), transpose(tune(dotted, key="G"), 2), tune(other, key="G")]
    assert family_sizes(pieces) == [1, 2]


def test_the_split_keeps_families_together_and_is_the_same_each_time():
    line = [60, 62, 64, 67, 65, 64, 62, 60]

    def made(seed):
        pitches = [line[(seed * 7 + i * i * (seed + 3)) % 8] + seed % 5 for i in range(60)]
        track = Track(tuple(Note(i * 0.5, p, 0.5) for i, p in enumerate(pitches)))
        return Piece(tracks=(track,), key_signatures=(KeySignature(0.0, 0),))

    tunes = [folk_tunes.FolkTune(f"t{i}", "airds", made(i % 40)) for i in range(80)]
    split = folk_tunes.make_split(tunes)
    assert split == folk_tunes.make_split(tunes)
    assert sorted(sum(split.values(), [])) == sorted(t.tune_id for t in tunes)
    side = {tune_id: name for name, ids in split.items() for tune_id in ids}
    assert all(side[f"t{i}"] == side[f"t{i + 40}"] for i in range(40))


def test_the_recorded_split_has_the_shares_that_were_meant():
    counts = Counter(folk_tunes.load_split().values())
    total = sum(counts.values())
    assert counts["train"] / total == pytest.approx(0.85, abs=0.02)
    assert counts["valid"] / total == pytest.approx(0.075, abs=0.015)
    with pytest.raises(ValueError, match="no-such"):
        folk_tunes.split_of("no-such")


def test_the_corpus_is_the_one_recorded_and_survives_the_codec():
    pytest.importorskip("music21")
    skipped = Counter()
    codec = FolkTuneCodec()
    tunes = folk_tunes.read_tunes(skipped, ["ryans"], codec.fits)
    assert {t.tune_id for t in tunes} == {i for i in folk_tunes.load_split() if i.startswith("ryans/")}
    assert len(tunes) + sum(skipped.values()) == 1059
    for item in tunes[::40]:
        adapted = codec.normalize_with_notes(item.piece)
        assert adapted.num_moved == 0 and len(adapted.piece.tracks[0].notes) == item.piece.num_notes
        assert codec.decode(codec.encode(item.piece)) == adapted.piece
