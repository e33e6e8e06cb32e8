"""The likelihood of files: nats counted by hand from the network's logits, causal, the same whatever is beside."""

import numpy as np
import pytest

from musegen.composers.chorale.grid import FIRST_PITCH, HOLD, LOW_PITCH, REST
from musegen.composers.chorale.reading import possible_events, read_example
from musegen.composers.style import load_style
from musegen.engine.loop import score
from musegen.errors import CodecError, FileFormatError, StyleError
from musegen.files import write
from musegen.music.transform import transpose
from musegen.services.judging.score import score_files, score_piece
from musegen.services.seeds.seed import load_example
from tests.builders import piece, track

TUNE = piece(
    [(62, 0, 0.5), (66, 0.5, 0.5), (69, 1, 1), (67, 2, 0.5), (66, 2.5, 0.5), (64, 3, 1), (62, 4, 4)], key="D major"
)
NAMES = ("Soprano", "Alto", "Tenor", "Bass")
VOICES = (
    [(67, 0, 1), (69, 1, 0.5), (71, 1.5, 0.5), (71, 2, 2)],
    [(62, 0, 2), (62, 2, 2)],
    [(59, 0, 1), (57, 1, 1), (55, 2.5, 1.5)],
    [(43, 0, 1), (50, 1, 1), (43, 2, 2)],
)


def chorale(voices=VOICES, names=NAMES):
    return piece(*(track(notes, name=name) for notes, name in zip(voices, names, strict=True)), key="G major")


def nll_by_hand(style_id, frames, possible):
    """Nats of frames of (trunk row, [(head row, event), ...]), one event after the other; `possible` lists events."""
    model = load_style(style_id).player
    states, total = model.initial_states(1), 0.0
    for t, (trunk, events) in enumerate(frames):
        trunk = np.array([trunk], np.int32)
        states = model.advance(trunk, states)
        for k, (head, event) in enumerate(events):
            logits = model.logits(trunk, np.array([head], np.int32), states)[0].astype(float)
            among = np.exp(logits[possible[t][k]])
            total -= np.log(np.exp(logits[event]) / among.sum())
    return total


# Tunes


def test_a_tune_by_hand():
    codec = load_style("folk").codec
    cursor, frames, possible = codec.cursor(), [], []
    events = codec.encode(TUNE).tolist()
    for event in events:
        frames.append((cursor.trunk(), [(cursor.head(), event)]))
        possible.append([np.flatnonzero(cursor.allowed())])
        cursor.push(event)
    scored = score_piece("folk", TUNE)
    assert scored.nll == pytest.approx(nll_by_hand("folk", frames, possible), rel=1e-3)
    assert (scored.num_notes, scored.num_tokens) == (7, len(events))
    assert scored.nats_per_note == scored.nll / 7


def test_a_tune_scores_the_same_in_every_key():
    scored = score_piece("folk", TUNE)
    for semitones in (-4, 3, 12):
        other = score_piece("folk", transpose(TUNE, semitones))
        assert other.nll == pytest.approx(scored.nll, rel=1e-6)
        assert other.num_tokens == scored.num_tokens


def test_how_long_a_tune_will_be_is_not_told():
    """Bars appended at the end add nats and leave those before as they were: the sum can only grow."""
    codec = load_style("folk").codec
    longer = piece([*[(n.pitch, n.onset_quarter, n.duration_quarter) for n in TUNE.tracks[0].notes], (69, 8, 4)],
                   key="D major")  # fmt: skip
    short, long = (codec.example(codec.encode(p), tell_length=False) for p in (TUNE, longer))
    same = len(short.target) - 1  # all but the end
    assert (long.trunk[:same] == short.trunk[:same]).all()
    model = load_style("folk").player
    assert (score(model, [short])[0][:same] == score(model, [long])[0][:same]).all()


def test_what_a_tune_lost_is_said():
    both = piece(track([(62, 0, 4)]), track([(50, 0, 4)]), key="D major")
    assert any("highest voice" in message for message in score_piece("folk", both).messages)


# Chorales


def test_a_chorale_by_hand():
    voices = np.zeros((16, 4), int)  # what sounds, 0 for silence
    for v, notes in enumerate(VOICES):
        for pitch, onset, length in notes:
            voices[int(onset * 4) : int((onset + length) * 4), v] = pitch
    before = np.concatenate([np.zeros((1, 4), int), voices[:-1]])
    events = np.where(voices == 0, REST, voices - LOW_PITCH + FIRST_PITCH)
    events[(voices == before) & (voices > 0)] = HOLD
    codec = load_style("bach-chorales").codec
    example = read_example(codec.to_grid(chorale()), known=False)
    assert (example.target == events).all()
    possible = [
        [
            [e for e in range(48) if not (e == HOLD and b == 0) and not (b and e == b - LOW_PITCH + FIRST_PITCH)]
            for b in row
        ]
        for row in before.tolist()
    ]
    frames = [(example.trunk[t], list(zip(example.head[t], events[t], strict=True))) for t in range(16)]
    alone = score(load_style("bach-chorales").player, [example], possible_events)[0]
    scored = score_piece("bach-chorales", chorale())
    assert alone.sum() == pytest.approx(nll_by_hand("bach-chorales", frames, possible), rel=1e-3)
    assert scored.num_tokens == 4 * 16
    assert scored.num_notes == 3 + 1 + 3 + 3  # notes repeated at once are one


def test_possible_events_by_hand():
    codec = load_style("bach-chorales").codec
    example = read_example(codec.to_grid(chorale()), known=False)
    mask = possible_events(example)
    assert mask.shape == (16, 4, 48)
    assert np.take_along_axis(mask, example.target[..., None].astype(int), -1).all()
    assert not mask[0, :, HOLD].any()  # nothing to hold at the start
    assert mask[0].sum() == 4 * 47
    sounding = 67 - LOW_PITCH + FIRST_PITCH
    assert np.flatnonzero(~mask[1, 0]).tolist() == [sounding]
    assert np.flatnonzero(~mask[9, 2]).tolist() == [HOLD]  # the tenor rests at the third quarter


def test_repeated_notes_meter_key_and_fermatas_are_not_told():
    plain = score_piece("bach-chorales", chorale())
    held = chorale((VOICES[0][:2] + [(71, 1.5, 2.5)], [(62, 0, 4)], *VOICES[2:]))
    told = piece(*held.tracks, key="F minor", meter="3/4", fermatas=(1.0, 2.0))
    assert score_piece("bach-chorales", told).nll == pytest.approx(plain.nll, rel=1e-6)


def test_changing_the_end_leaves_the_nats_before_as_they_were():
    style = load_style("bach-chorales")
    ended = tuple([note for note in notes if note[1] < 2] + [(60 - 4 * v, 2, 4)] for v, notes in enumerate(VOICES))
    examples = [read_example(style.codec.to_grid(chorale(v)), known=False) for v in (VOICES, ended)]
    nats = [score(style.player, [e], possible_events, recall=style.recall)[0] for e in examples]
    assert [n.shape for n in nats] == [(16, 4), (24, 4)]
    assert (nats[0][:8] == nats[1][:8]).all()
    assert not np.allclose(nats[0][8], nats[1][8])
    assert sum(n.sum() for n in nats[:1]) == pytest.approx(score_piece("bach-chorales", chorale()).nll, rel=1e-6)


def test_lower_voices_are_not_seen_by_those_above():
    style = load_style("bach-chorales")
    changed = (*VOICES[:3], [(43, 0, 1), (48, 1, 1), (43, 2, 2)])
    examples = [read_example(style.codec.to_grid(chorale(v)), known=False) for v in (VOICES, changed)]
    first, second = (score(style.player, [e], possible_events)[0] for e in examples)
    assert (first[:4] == second[:4]).all()
    assert (first[4, :3] == second[4, :3]).all()
    assert first[4, 3] != second[4, 3]


def test_voices_are_told_by_name_else_by_height():
    plain = score_piece("bach-chorales", chorale()).nll
    backwards = VOICES[::-1]
    for names in (("Bass", "Tenor", "Alto", "Soprano"), ("b", "t", "a", "s"), ("Bass 1", "tenor", "alto", "soprano"),
                  ("", "", "", ""), ("Piano", "Piano", "Organ", "Flute")):  # fmt: skip
        assert score_piece("bach-chorales", chorale(backwards, names)).nll == plain
    crossed = (VOICES[3], *VOICES[1:3], VOICES[0])
    assert score_piece("bach-chorales", chorale(crossed)).nll != plain


@pytest.mark.parametrize("count", [1, 3, 5])
def test_other_numbers_of_voices_are_refused(count):
    voices = [track([(60 - i, 0, 4)]) for i in range(count)]
    drums = track([(38, 0, 1)], is_drum=True)
    are = "is 1 track" if count == 1 else f"are {count} tracks"
    with pytest.raises(CodecError, match=rf"There {are} with pitched notes; a chorale is scored from four"):
        score_piece("bach-chorales", piece(*voices, drums, track([])))


def test_a_transposed_chorale_is_another_piece():
    up = score_piece("bach-chorales", transpose(chorale(), 1))
    assert up.num_tokens == 64
    assert up.nll != score_piece("bach-chorales", chorale()).nll


# Files


@pytest.mark.parametrize("style_id", ["folk", "bach-chorales"])
def test_files_beside_each_other_score_as_alone(style_id, tmp_path):
    pieces = [TUNE, load_example("reel").piece] if style_id == "folk" else [chorale(), load_example("chorale").piece]
    paths = [tmp_path / f"{i}.mid" for i in range(2)]
    for music, path in zip(pieces, paths, strict=True):
        write(music, path)
    together = score_files(style_id, [*paths, paths[0]])
    alone = [score_piece(style_id, music) for music in pieces]
    assert [s.num_tokens for s in together] == [alone[0].num_tokens, alone[1].num_tokens, alone[0].num_tokens]
    assert [s.nll for s in together[:2]] == pytest.approx(
        [s.nll for s in alone], rel=1e-2
    )  # 8-bit networks round differently beside others
    assert together[0].nll == pytest.approx(together[2].nll, rel=1e-2)
    assert all(s.nats_per_note == s.nll / s.num_notes > 0 for s in together)


def test_the_file_that_is_wrong_is_named(tmp_path):
    good, bad, missing = tmp_path / "good.mid", tmp_path / "bad.mid", tmp_path / "missing.mid"
    write(TUNE, good)
    bad.write_bytes(b"MThd nonsense")
    with pytest.raises(FileFormatError, match=r"bad\.mid: "):
        score_files("folk", [good, bad])
    with pytest.raises(FileFormatError, match=r"There is no file .*missing\.mid;"):
        score_files("folk", [missing])
    with pytest.raises(FileFormatError, match=r"good\.mid: There is 1 track"):
        score_files("bach-chorales", [good])
    with pytest.raises(StyleError):
        score_files("polka", [good])
