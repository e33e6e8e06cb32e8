"""The longest run that a piece shares with a corpus: by hand, against trying all, kept in a file, and in sentences."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.cli.command_line import main
from musegen.composers.request import ComposeRequest
from musegen.errors import ConstraintError, StyleError
from musegen.evaluation.originality import LEAST, OriginalityIndex, SharedRun, lines_of
from musegen.evaluation.originality_file import FILE, load_index, save_index
from musegen.files import write
from musegen.music.transform import transpose
from musegen.remarks import code_of
from musegen.rendering.shared_run import shared_run_svg
from musegen.services.judging.originality import Originality, has_index, originality_of, run_alone
from musegen.services.making.compose import compose
from musegen.styles import list_styles
from tests.builders import piece, track


def line(*pitches, length=1.0, start=0.0):
    return [(pitch, start + index * length, length) for index, pitch in enumerate(pitches)]


SCALE = piece(line(60, 62, 64, 65, 67, 69, 71, 72, 74, 76))
LEAPS = piece(line(60, 67, 60, 48, 50, 62, 50, 64, 48))


def index_of(*pieces, rhythm=True):
    return OriginalityIndex.of([str(i) for i in range(len(pieces))], map(lines_of, pieces), rhythm=rhythm)


INDEX = OriginalityIndex.of(["scale", "leaps"], [lines_of(SCALE), lines_of(LEAPS)])


def found(notes, index=INDEX, **more):
    run = index.longest(lines_of(piece(notes)), **more)
    return run.num_notes, run.notes[:1], run.bars, run.source, run.source_bars


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        (line(62, 64, 65, 67, 69, 71, 72), (7, ((0, 0),), (1, 2), "scale", (1, 2))),
        (line(50, 52, 53, 55, 57, 59, 60), (7, ((0, 0),), (1, 2), "scale", (1, 2))),  # an octave lower
        (line(80, 45, 81, 44, *[p + 5 for p in (67, 60, 48, 50, 62, 50, 64)]), (7, ((0, 4),), (2, 3), "leaps", (1, 2))),
        (line(60, 62, 64, 65, 67, 69, 71, 72, length=0.5), (0, (), (0, 0), "", (0, 0))),  # other lengths
        ([(p, o + 2 * (o > 3), 1) for p, o, _ in line(60, 62, 64, 65, 67, 69, 71)],  # a rest does not matter
         (7, ((0, 0),), (1, 3), "scale", (1, 2))),
        (line(60, 62, 64, 65, 67, 69), (0, (), (0, 0), "", (0, 0))),  # six notes are not told
    ],
)  # fmt: skip
def test_the_longest_shared_run_and_where_it_stands(notes, expected):
    assert found(notes) == expected


def test_intervals_alone_count_where_lengths_do_not():
    alone = index_of(SCALE, rhythm=False)
    assert found(line(60, 62, 64, 65, 67, 69, 71, length=0.5), alone)[0] == 7


def test_a_run_stays_within_one_track_and_one_piece():
    split = index_of(piece(line(60, 62, 64, 65), line(67, 69, 71, 72)), piece(line(60, 62, 64, 65)), LEAPS)
    assert split.longest(lines_of(SCALE)) == SharedRun()


def test_how_many_pieces_hold_it_and_what_is_skipped():
    both = OriginalityIndex.of(["a", "b", "c"], map(lines_of, (SCALE, LEAPS, SCALE)))
    assert both.longest(lines_of(SCALE)).num_sources == 2
    assert both.longest(lines_of(SCALE), skip=["a"]).source == "c"
    assert both.longest(lines_of(SCALE), skip=["a", "c"]) == SharedRun()


def test_what_was_given_is_not_asked_about():
    lines = lines_of(SCALE)
    assert INDEX.longest(lines, [frozenset(range(10))]) == SharedRun()
    assert INDEX.longest(lines, [frozenset(range(9))]).notes == ()  # five notes at most end in the one that is new
    assert INDEX.longest(lines, [frozenset(range(6))]).num_notes == 8  # the last four of the given and the new ones


def test_drums_and_empty_pieces_share_nothing():
    drums = piece(track([(p, i, 1) for i, (p, _, _) in enumerate(line(*range(36, 50)))], is_drum=True))
    assert INDEX.longest(lines_of(drums)) == SharedRun() == INDEX.longest(lines_of(piece()))
    assert index_of(drums).longest(lines_of(SCALE)) == SharedRun() == index_of().longest(lines_of(SCALE))


def test_names_must_fit_the_pieces():
    with pytest.raises(ValueError, match="1 names for 2 pieces"):
        OriginalityIndex.of(["one"], map(lines_of, (SCALE, LEAPS)))


def test_chords_that_are_played_are_read_from_below_in_whatever_order_they_were_struck():
    chords = [(p, t + late, 0.5) for t in range(4) for p, late in ((60 + t, 0.04), (64 + 2 * t, 0.0), (72 - t, 0.02))]
    other = [(p + 3, t + late, 0.7) for t in range(4) for p, late in ((60 + t, 0.0), (64 + 2 * t, 0.05), (72 - t, 0.0))]
    known = OriginalityIndex.of(["chords"], [lines_of(piece(chords), played=True)], rhythm=False)
    run = known.longest(lines_of(piece(other), played=True))
    assert run.num_notes == 12
    assert sorted(run.notes) == [(0, i) for i in range(12)]


def shared_by_brute_force(first, second):
    """The longest run by comparing every pair of places."""
    best = 0
    for i in range(len(first)):
        for j in range(len(second)):
            n = 0
            while i + n < len(first) and j + n < len(second):
                (p, _, d), (q, _, e) = first[i + n], second[j + n]
                if d != e or (n and p - first[i + n - 1][0] != q - second[j + n - 1][0]):
                    break
                n += 1
            best = max(best, n)
    return best


melodies = st.lists(st.tuples(st.sampled_from([60, 62]), st.sampled_from([0.5, 1.0])), max_size=24).map(
    lambda notes: [(p, sum(d for _, d in notes[:i]), d) for i, (p, d) in enumerate(notes)]
)


@given(st.lists(melodies, max_size=3), melodies)
@settings(max_examples=150, deadline=None)
def test_the_longest_run_is_the_one_found_by_trying_all(corpus, notes):
    run = index_of(*map(piece, corpus)).longest(lines_of(piece(notes)))
    longest = max((shared_by_brute_force(notes, m) for m in corpus), default=0)
    assert run.num_notes == (longest if longest >= LEAST else 0)
    if run.notes:
        own = [notes[i] for _, i in run.notes]
        assert shared_by_brute_force(own, corpus[int(run.source)]) == run.num_notes


# --- kept with a style -------------------------------------------------------------------------------------------


def test_an_index_comes_back_from_its_file(tmp_path):
    late = piece([(p, o + 1400, d) for p, o, d in line(60, 67, 60, 48, 50, 62, 50)], line(60, 62))
    made = OriginalityIndex.of(["Étude", "late"], map(lines_of, (SCALE, late)))
    save_index(made, tmp_path)
    back = load_index(tmp_path)
    for name in ("names", "rhythm"):
        assert getattr(back, name) == getattr(made, name)
    for name in ("hashes", "bar", "line_notes", "line_piece"):
        assert np.array_equal(getattr(back, name), getattr(made, name))
    assert load_index(tmp_path / "nowhere") is None


def test_a_damaged_index_is_refused_in_a_sentence(tmp_path):
    (tmp_path / FILE).write_bytes(b"PK no")
    with pytest.raises(StyleError, match=r"is damaged; restore it\.$"):
        load_index(tmp_path)


@pytest.mark.parametrize("style_id", [card.style_id for card in list_styles() if has_index(card.style_id)])
def test_every_shipped_style_can_be_asked(style_id):
    take = compose(ComposeRequest(style_id, "invent", num_bars=8)).takes[0]
    told = originality_of(style_id, take.piece, take.given)
    assert told is not None
    assert all(words.endswith(".") for words in told.sentences())
    assert told.seldom >= told.usual


def test_a_copy_of_twelve_notes_in_another_key_is_found_in_its_piece_and_bar():
    rest = line(30, 91, 33, 88, 31, 90, length=0.5)
    other = piece(line(60, 60, 62, 60, 60, 57, 55, 60))
    tune = piece([*line(*range(40, 52), length=4.0), *line(62, 66, 69, 74, 69, 66, 67, 71, 67, 64, 61, 57, start=48)])
    planted = [(p, o + 3, d) for p, o, d in line(62, 66, 69, 74, 69, 66, 67, 71, 67, 64, 61, 57)]
    known = OriginalityIndex.of(["other", "The tune"], map(lines_of, (other, tune)))
    run = known.longest(lines_of(transpose(piece([*rest, *planted]), 5)))
    assert (run.num_notes, run.source, run.source_bars, run.bars) == (12, "The tune", (13, 15), (1, 4))
    assert run.note_bars == tuple(
        zip([1, *[2] * 4, *[3] * 4, *[4] * 3], [*[13] * 4, *[14] * 4, *[15] * 4], strict=True)
    )
    music = transpose(piece([*rest, *planted]), 5)
    alone = run_alone(music, run)
    assert [note.pitch for note in alone.tracks[0].notes] == [p + 5 for p, _, _ in planted]
    assert [note.onset_quarter for note in alone.tracks[0].notes] == list(range(12))
    drawn = shared_run_svg(alone, Originality(run, 0.0, 8.0).note_places)
    assert drawn.count("<rect") == 12
    assert re.findall(">([^<]+)</text>", drawn) == ["1", "13", "2", "14", "3", "15", "4"]


RUN = "The longest run that the music it learned from has too is "
REAL = "Real music of this kind that it never saw shares "


def test_what_was_found_is_said_for_a_musician():
    run = SharedRun(tuple((0, i) for i in range(20)), (3, 5), "Bach, BWV 1", (7, 7), 3)
    assert Originality(run, 11.0, 18.0).sentences() == [
        RUN + "20 notes, bars 3 to 5: in Bach, BWV 1, bar 7 and in 2 other pieces.",
        REAL + "11 in the middle, and 18 or fewer in nine stretches of ten.",
        "So this is more than is usual: look at it before you call it yours.",
    ]
    assert Originality(SharedRun(), 0.0, 8.0).sentences() == [
        "No run of 7 notes or more stands in the music that the style learned from.",
        REAL + "fewer than 7 in the middle, and 8 or fewer in nine stretches of ten.",
    ]
    assert "at about 0:13: in Liszt, Sonata, at about 2:09" in Originality(
        SharedRun(((0, 0),) * 9, (8, 9), "Liszt, Sonata", (68, 69), 1), 8.0, 9.0, played=True
    ).sentences()[0]  # fmt: skip


# --- composing without long runs ---------------------------------------------------------------------------------


def test_takes_that_share_too_much_are_composed_again_and_the_same_each_time():
    request = ComposeRequest("folk", "invent", num_bars=16, num_takes=4, random_seed=3)
    before = compose(request)
    most = max(originality_of("folk", take.piece).run.num_notes for take in before.takes) - 1
    assert most >= LEAST
    asked = replace(request, longest_copy=most)
    result = compose(asked)
    assert all(originality_of("folk", take.piece, take.given).run.num_notes <= most for take in result.takes)
    assert code_of(result.messages[-1]) == "composed_again"
    assert [take.index for take in result.takes] == [0, 1, 2, 3]
    assert {take.random_seed for take in result.takes} == {3}
    kept = [a.piece == b.piece for a, b in zip(before.takes, result.takes, strict=True)]
    assert any(kept) and not all(kept)  # what was short enough is as it was
    assert [take.piece for take in compose(asked).takes] == [take.piece for take in result.takes]


def test_a_limit_that_cannot_be_is_refused():
    with pytest.raises(ConstraintError, match="The longest run that may be shared is 3; it must be 7 to 64"):
        compose(ComposeRequest("folk", "invent", num_bars=4, longest_copy=3))


def test_the_command_line_tells_what_files_share(tmp_path, capsys):
    take = compose(ComposeRequest("folk", "invent", num_bars=16, random_seed=3)).takes[0]
    write(take.piece, tmp_path / "take.mid")
    assert main(["originality", "--style", "folk", str(tmp_path / "take.mid"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["files"]
    assert row["num_notes"] == originality_of("folk", take.piece).run.num_notes
    assert row["words"].endswith(".") and row["source"] in row["words"]
