"""String quartets: what is engraved is read to the tick, movements begin and end where they do, no work is split."""

import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import quartet_quality
from musegen.composers.parts.grid import QUARTET
from musegen.composers.request import ComposeRequest
from musegen.composers.style import load_style
from musegen.constants import TICKS_PER_QUARTER as Q
from musegen.corpora.openscore_quartets import OPENSCORE_QUARTETS, _listing, pieces_of, work_group
from musegen.corpora.quartet_movements import (
    SPLITS,
    load_movements,
    movements_of,
    save_movements,
    split_of,
    to_piece,
)
from musegen.corpora.quartet_scores import WORKS
from musegen.errors import DatasetError, FileFormatError
from musegen.files.partwise import read_partwise
from musegen.files.typed import read_typed
from musegen.music import KeySignature, TimeSignature
from musegen.music.timing import bar_starts
from musegen.paths import checkpoints_dir, data_dir
from musegen.services.making.compose import compose

STYLE_ID = "string-quartet"
NAMES = ("Violin 1", "Violin 2", "Viola", "Violoncello")


def note(pitch, length, *, tie="", extra="", chord=False):
    """A note such as "F#5" of `length` divisions; "" is a rest."""
    what = "<rest/>"
    if pitch:
        alter = {"#": "<alter>1</alter>", "b": "<alter>-1</alter>"}.get(pitch[1:-1], "")
        what = f"<pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>"
    ties = "".join(f'<tie type="{kind}"/>' for kind in tie.split())
    duration = "" if "grace" in extra else f"<duration>{length}</duration>"
    return f"<note>{extra}{'<chord/>' if chord else ''}{what}{duration}{ties}</note>"


def measure(number, *content, meter=None, fifths=None, words="", divisions=None, size=16):
    attributes = f"<divisions>{divisions}</divisions>" if divisions else ""
    attributes += f"<key><fifths>{fifths}</fifths></key>" if fifths is not None else ""
    attributes += f"<time><beats>{meter[0]}</beats><beat-type>{meter[1]}</beat-type></time>" if meter else ""
    direction = f'<direction><direction-type><words font-size="{size}">{words}</words></direction-type></direction>'
    return (
        f'<measure number="{number}"><attributes>{attributes}</attributes>{direction if words else ""}'
        f"{''.join(content)}</measure>"
    )


def score(*parts, names=NAMES, packed=True):
    """A file of parts, each a list of measures; parts not given rest as long as the first has notes."""
    listed = "".join(
        f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>' for i, name in enumerate(names)
    )
    body = "".join(f'<part id="P{i}">{"".join(measures)}</part>' for i, measures in enumerate(parts))
    text = f'<?xml version="1.0"?><score-partwise><part-list>{listed}</part-list>{body}</score-partwise>'
    if not packed:
        return text.encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        container = '<container><rootfiles><rootfile full-path="music.xml"/></rootfiles></container>'
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("music.xml", text)
    return stream.getvalue()


def silent(numbers):
    return [measure(number) for number in numbers]


def plain(numbers, **first):
    """Measures of one whole note C5 each, in 4/4; `first` are settings of the first."""
    settings = {"meter": (4, 4), "fifths": 0, "divisions": 2} | first
    return [measure(n, note("C5", 8), **(settings if i == 0 else {})) for i, n in enumerate(numbers)]


def quartet(first, *others):
    numbers = [i for i in range(len(first))]
    return score(first, *others, *[silent(numbers)] * (3 - len(others)))


def test_notes_are_read_to_the_tick():
    top = [
        measure(0, note("G5", 1), meter=(3, 4), fifths=-1, divisions=2),
        measure(
            1,
            note("A5", 1, extra="<grace/>"),
            note("F5", 3, tie="start"),
            note("C5", 3, chord=True),
            note("", 1),
            note("D5", 2),
        ),
        measure(2, note("F5", 2), note("Bb4", 4, tie="start")),
        measure(3, note("Bb4", 6, tie="stop start")),
        measure(4, note("Bb4", 2, tie="stop"), note("Bb4", 4)),
    ]
    back = "<backup><duration>18</duration></backup>"
    low = [
        measure(0, note("", 3), divisions=6),
        measure(1, *[note(p, 2) for p in ("C3", "D3", "E3")], note("F3", 12, extra="<cue/>")),
        measure(2, note("F3", 18), back, "<forward><duration>6</duration></forward>", note("A2", 12)),
        measure(3, note("F3", 9), note("F#3", 9)),
        measure(4, note("G2", 18), back, note("G2", 6)),
    ]  # fmt: skip
    found = read_partwise(score(top, silent(range(5)), silent(range(5)), low))
    assert found.part_names == NAMES
    assert [m.tick for m in found.measures] == [0, Q // 2, Q // 2 + 3 * Q, Q // 2 + 6 * Q, Q // 2 + 9 * Q]
    assert {m.meter for m in found.measures} == {(3, 4)}
    bar = [Q // 2 + 3 * Q * i for i in range(4)]
    expected = [
        (0, Q // 2, 79, 0),
        (bar[0], 3 * Q // 2, 72, 0),  # the tie of F5 is not taken up by a note that begins elsewhere
        (bar[0], 3 * Q // 2, 77, 0),
        (bar[0], Q // 3, 48, 3), (bar[0] + Q // 3, Q // 3, 50, 3), (bar[0] + 2 * Q // 3, Q // 3, 52, 3),
        (bar[0] + 2 * Q, Q, 74, 0),
        (bar[1], Q, 77, 0), (bar[1], 3 * Q, 53, 3),
        (bar[1] + Q, 6 * Q, 70, 0),  # over two bar lines
        (bar[1] + Q, 2 * Q, 45, 3),
        (bar[2], 3 * Q // 2, 53, 3), (bar[2] + 3 * Q // 2, 3 * Q // 2, 54, 3),
        (bar[3], 3 * Q, 43, 3),  # written in two voices, sounds once
        (bar[3] + Q, 2 * Q, 70, 0),
    ]  # fmt: skip
    assert sorted(map(tuple, found.notes.tolist())) == sorted(expected)
    assert (found.notes == read_partwise(score(top, silent(range(5)), silent(range(5)), low, packed=False)).notes).all()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"<score-timewise/>", b"<score-partwise>"])
def test_what_is_no_score_is_said(data):
    with pytest.raises(FileFormatError):
        read_partwise(data)


def test_parts_of_different_length_are_refused():
    with pytest.raises(FileFormatError, match="same number of measures"):
        read_partwise(score(plain(range(1, 4)), plain(range(1, 3)), names=NAMES[:2]))


def test_a_movement_begins_where_measures_are_counted_again_or_a_number_or_trio_is_printed():
    measures = [
        *plain(range(1, 8), words="I."),
        *plain([0], words="II. Menuetto", meter=(1, 4), fifths=2),  # shortened below to a pickup
        *plain(range(1, 7), meter=(4, 4)),
        *plain(range(7, 14), words="Trio", fifths=-3),
        *plain(range(14, 20), words="IV. Finale"),
        *plain(range(20, 23), words="Coda"),
        *plain(range(23, 26), words="II", size=9),  # a string to play on
    ]
    measures[7] = measure(0, note("D5", 2), meter=(4, 4), fifths=2, words="II. Menuetto")
    found = movements_of(read_partwise(quartet(measures)))
    assert [m.title for m in found] == ["I.", "II. Menuetto", "Trio", "IV. Finale"]
    assert [len(m.notes) for m in found] == [7, 7, 7, 12]
    assert [m.pickup for m in found] == [0, Q, 0, 0]
    assert all(m.notes[0, 0] == 0 for m in found)
    more = movements_of(read_partwise(quartet(measures)), starts=("20",))
    assert [len(m.notes) for m in more] == [7, 7, 7, 6, 6]


def test_movements_of_a_few_bars_are_left_out():
    measures = [*plain(range(1, 4), words="I."), *plain(range(1, 8), words="II.")]
    assert [m.title for m in movements_of(read_partwise(quartet(measures)))] == ["II."]


def test_bars_that_a_repeat_cuts_in_two_are_one_and_after_others_bars_count_anew():
    half, whole = note("C5", 4), note("C5", 8)
    measures = [
        measure(1, whole, meter=(4, 4), fifths=0, divisions=2),
        measure(2, half),
        measure("X1", half),  # with the one before a whole bar
        measure(3, whole),
        measure(4, note("C5", 6)),  # three quarters: a short bar
        measure(5, whole),
        measure(6, note("C5", 6), meter=(3, 4)),
        measure(7, note("C5", 6)),
    ]
    (movement,) = movements_of(read_partwise(quartet(measures)))
    piece = to_piece(movement)
    assert bar_starts(piece) == [0, 4, 8, 12, 15, 19, 22]
    assert piece.time_signatures == (
        TimeSignature(0, 4, 4), TimeSignature(15, 4, 4), TimeSignature(19, 3, 4),
    )  # fmt: skip


def test_a_meter_that_is_never_written_is_the_length_of_the_bars():
    measures = [measure(1, note("C5", 3), divisions=2), *[measure(n, note("C5", 6)) for n in range(2, 9)]]
    (movement,) = movements_of(read_partwise(quartet(measures)))
    assert movement.meters.tolist() == [[0, 3, 4]]
    assert movement.pickup == 3 * Q // 2


@pytest.mark.parametrize(("final", "mode", "tonic"), [("G2", "major", 7), ("E3", "minor", 4)])
def test_the_mode_is_that_of_the_tonic_it_ends_on(final, mode, tonic):
    top = plain(range(1, 9), fifths=1)
    bass = [*silent(range(1, 8)), measure(8, note(final, 8), divisions=2)]
    (movement,) = movements_of(read_partwise(quartet(top, silent(range(8)), silent(range(8)), bass)))
    assert to_piece(movement).key_signatures == (KeySignature(0.0, tonic, mode),)


def test_a_piece_has_the_four_parts_of_the_codec_and_a_fifth_staff_is_the_cellos():
    parts = [[measure(n, note(p, 8), meter=(4, 4), divisions=2) for n in range(1, 8)] for p in ("E5", "C5", "G4", "C3")]
    parts.append([measure(n, note("", 8), divisions=2) for n in range(1, 7)] + [measure(7, note("G3", 8), divisions=2)])
    movements = movements_of(read_partwise(score(*parts, names=(*NAMES, "Violoncello"))))
    piece = to_piece(movements[0], "Nobody")
    assert [(t.name, t.program) for t in piece.tracks] == [(p.name, p.program) for p in QUARTET]
    assert [[n.pitch for n in t.notes] for t in piece.tracks] == [[76] * 7, [72] * 7, [67] * 7, [48] * 7 + [55]]
    with pytest.raises(DatasetError, match="four parts"):
        movements_of(read_partwise(score(*parts[:3], names=NAMES[:3])))


def test_movements_are_kept_as_they_are(tmp_path):
    measures = [*plain(range(1, 8), words="I."), *plain(range(1, 9), words="II. Menuetto", fifths=3)]
    one = movements_of(read_partwise(quartet(measures)))
    two = [replace(one[0], pickup=Q, tempos=np.array([[0, 12000], [Q, 9050]]))]
    save_movements(tmp_path / "kept" / "m.npz", [one, [], two])
    loaded = load_movements(tmp_path / "kept" / "m.npz")
    assert [len(movements) for movements in loaded] == [2, 0, 1]
    for expected, found in zip([*one, *two], [*loaded[0], *loaded[2]], strict=True):
        assert to_piece(found, "x") == to_piece(expected, "x")
    assert [tempo.qpm for tempo in to_piece(loaded[2][0]).tempos] == [120.0, 90.5]


@given(st.text(max_size=30))
def test_a_work_is_in_one_split_whatever_else_there_is(name):
    assert split_of(name) in SPLITS
    assert split_of(name) == split_of(str(name))


def test_splits_hold_works_whole():
    measures = plain(range(1, 8))
    movements = movements_of(read_partwise(quartet(measures)))
    groups = sorted({work_group(composer, work) for composer, _, work, *_ in _listing()})
    assert len(groups) == 110  # of 116 files: Mozart K.464 and Mayer Op.14 are four each
    sides = {split: {g for g in groups if pieces_of(movements, "A", ("w", g, True), split)} for split in SPLITS}
    assert set.union(*sides.values()) == set(groups)
    assert sum(map(len, sides.values())) == len(groups)
    assert all(len(sides[split]) >= 5 for split in SPLITS)
    with pytest.raises(ValueError, match="split must be"):
        pieces_of(movements, "A", ("w", "g", True), "dev")


def test_the_two_sources_share_no_work():
    ours = {(composer, work.split(",")[0].split(" in ")[0]) for composer, _, work, *_ in _listing()}
    theirs = {(composer, work.split(",")[0].split(" in ")[0]) for composer, work, *_ in WORKS}
    assert not ours & theirs


def test_every_file_has_an_address_of_its_own():
    assert len({file.url for file in OPENSCORE_QUARTETS.files}) == len(OPENSCORE_QUARTETS.files) == 116
    assert all(" " not in file.url and file.url.isascii() and file.url.endswith(file.path)
               for file in OPENSCORE_QUARTETS.files)  # fmt: skip


def test_a_real_score_is_read_whole():
    folder = data_dir() / OPENSCORE_QUARTETS.name if data_dir() else None
    if folder is None or not folder.is_dir():
        pytest.skip("MUSEGEN_DATA has no quartets")
    found = read_partwise((folder / "sq8438840.mxl").read_bytes())  # Saint-Georges, Op.1 No.2
    movements = movements_of(found)
    assert len(found.measures) == 155
    assert [m.title for m in movements] == ["I.", "II"]
    assert sum(len(m.notes) for m in movements) == len(found.notes)
    assert all(part.low <= pitch <= part.high for index, part in enumerate(QUARTET)
               for pitch in found.notes[found.notes[:, 3] == index, 2].tolist())  # fmt: skip


# ------------------------------------------------------------------------------------------------- how it is measured


def test_every_answer_is_counted_once_by_each_of_its_counting_models():
    random = np.random.default_rng(0)
    answers = np.column_stack([random.integers(0, 97, 60), random.integers(0, 4, 60),
                               random.integers(0, 65, 60), random.integers(0, 120, 60)])  # fmt: skip
    answers[[7, 20]] = [[96, 4, -1, -1], [96, 4, -1, -1]]  # WAIT
    answers[-1] = [0, 5, -1, -1]  # END
    for name, stream in quartet_quality.STREAMS.items():
        found = [sequence[asked] for sequence, asked in stream.sequences(answers)]
        events = np.concatenate(found) - (97 if name == "part, steps between" else 0)
        column = answers[:, stream.answer]
        assert sorted(events.tolist()) == sorted(column[column >= 0].tolist()), name
        assert all(sequence.max() < stream.size for sequence, _ in stream.sequences(answers)), name
    ((events, asked),) = quartet_quality.ALL_IN_A_ROW.sequences(answers)
    assert len(events) == 240
    assert asked.sum() == (answers >= 0).sum()


def test_the_better_model_is_chosen_on_validation_and_intervals_are_of_works():
    uniform, sure = np.array([[0, 0, p, 23] for p in range(40)]), np.array([[0, 0, 5, 23]] * 40)
    stream = quartet_quality.STREAMS["pitch in its part"]
    chosen, nats = quartet_quality._counted(stream, {"train": [sure], "valid": [sure], "test": [sure, uniform]})
    assert chosen["valid"] < 0.1
    assert nats[0] / 40 == pytest.approx(chosen["valid"])
    assert nats[1] > 39 * nats[0]
    notes, groups = np.array([10.0, 30.0, 20.0]), ["a", "a", "b"]
    same = quartet_quality._per_note(2 * notes, notes, groups)
    assert same["mean"] == 2
    assert same["interval"] == pytest.approx([2, 2])
    apart = quartet_quality._per_note(np.array([10.0, 30.0, 60.0]), notes, groups)
    assert apart["mean"] == pytest.approx(100 / 60)
    assert apart["interval"] == pytest.approx([1, 3])


# ------------------------------------------------------------------------------------------------- the shipped style

MELODY = read_typed("G4 C5 D5 E5 E5 F5 E5 D5 C5 D5 E5 D5 G4:2 R G4 C5 D5 E5 G5 F5 E5 D5 C5 B4 C5:3")


@pytest.fixture
def shipped():
    if not (checkpoints_dir() / STYLE_ID / "card.json").exists():
        pytest.skip("the quartet style is not published yet")
    return load_style(STYLE_ID).card


def asked(card, mode, **settings):
    return compose(ComposeRequest(STYLE_ID, mode, temperature=card.temperature, **card.sampling, **settings)).takes


def test_everybody_joins_in_with_an_arranged_melody(shipped):
    for take in asked(shipped, "arrange", primer=MELODY, num_bars=None, num_takes=4):
        tracks = take.piece.tracks
        assert [track.name for track in tracks] == [part.name for part in QUARTET]
        assert [(n.onset_quarter, n.pitch, n.duration_quarter) for n in tracks[0].notes] == [
            (n.onset_quarter, n.pitch, n.duration_quarter) for n in MELODY.tracks[0].notes
        ]
        for track in tracks[1:]:
            assert track.notes[0].onset_quarter < 8, f"{track.name} waits two bars"
            assert len(track.notes) >= 7, f"{track.name} hardly plays"


def test_invented_quartets_are_led_by_the_first_violin_and_close_together(shipped):
    for take in asked(shipped, "invent", num_bars=6, num_takes=3, random_seed=5):
        tracks = take.piece.tracks
        assert tracks[0].notes[0].onset_quarter == 0
        assert {track.notes[-1].onset_quarter for track in tracks} == {20.0}
        assert {track.notes[-1].end_quarter for track in tracks} == {24.0}
        for part, track in zip(QUARTET, tracks, strict=True):
            assert all(part.low <= note.pitch <= part.high for note in track.notes)


def test_what_is_on_the_card_was_measured(shipped):
    quality = shipped.quality
    assert quality["better_than_n_grams_nats_per_note_low_95_percent"] > quartet_quality.AIM
    assert quality["test_sum_nats_per_note"] < quality["without_memory_test_sum_nats_per_note"]
    assert quality["test_sum_nats_per_note"] == pytest.approx(
        sum(quality[f"test_{name}_nats_per_note"] for name in quartet_quality.NAMES), abs=2e-3
    )
