"""The shipped Chopin style: hands, loudness, pedal, and that its memory counts."""

import numpy as np
import pytest

from musegen.composers.parts.constraints import ScoreMasks
from musegen.composers.parts.grid import PIANO_HANDS, VELOCITY, ScoreLayout
from musegen.composers.parts.limits import PartsLimits
from musegen.composers.request import ComposeRequest
from musegen.music.theory import scale_pitch_classes
from musegen.paths import checkpoints_dir
from musegen.services.making.compose import compose
from tests.builders import piece, track

published = pytest.mark.skipif(
    not (checkpoints_dir() / "chopin" / "card.json").exists(), reason="the style is not published yet"
)


def invented(seed=0, **options):
    return compose(ComposeRequest("chopin", "invent", random_seed=seed, **options)).takes[0].piece


@published
def test_an_invented_piece_has_two_hands_a_line_of_loudness_and_a_pedal():
    made = invented(num_bars=8, key="C minor")
    right, left = made.tracks
    assert (right.name, left.name) == ("Right hand", "Left hand")
    assert np.mean([n.pitch for n in right.notes]) > np.mean([n.pitch for n in left.notes])
    assert len({n.velocity for track in made.tracks for n in track.notes}) >= 3
    assert right.pedals and right.pedals == left.pedals
    assert left.pedals[-1][1] <= made.end_quarter == 32


@published
def test_it_keeps_to_its_key_more_often_than_not():
    scale = scale_pitch_classes(7, "major")
    takes = [invented(seed, num_bars=8, key="G major", meter="3/4") for seed in range(3)]
    notes = [n for made in takes for track in made.tracks for n in track.notes]
    assert np.mean([n.pitch % 12 in scale for n in notes]) > 0.65


@published
def test_a_waltz_goes_on_with_its_own_notes_first():
    right = track([(76, 0, 2), (74, 2, 1), (72, 3, 3), (71, 6, 2), (72, 8, 1), (74, 9, 3)], name="Right hand")
    left = track([(p, q, 1) for q, p in enumerate([48, 64, 64, 45, 60, 60, 43, 59, 59, 47, 62, 62])], name="Left hand")
    seed = piece(right, left, meter="3/4", key="C major")
    made = compose(ComposeRequest("chopin", "continue", seed, num_bars=10, random_seed=3)).takes[0].piece
    for track_made, own in zip(made.tracks, seed.tracks, strict=True):
        kept = [(n.onset_quarter, n.pitch) for n in track_made.notes if n.onset_quarter < 12]
        assert kept == [(n.onset_quarter, n.pitch) for n in own.notes]
        assert any(n.onset_quarter >= 12 for n in track_made.notes)
    assert made.time_signatures[0].numerator == 3
    assert made.end_quarter == 30


class Heard:
    """A cursor that is asked how loud, after notes of the classes given."""

    question, num_notes = VELOCITY, 100

    def __init__(self, classes):
        self._classes = classes

    def recent(self, question, count):
        return self._classes[-count:] if question == VELOCITY else []


SLOPES = [
    ([0] * 48, None, 1.0),
    ([1] * 48, None, 0.5),
    ([2] * 48, None, None),
    ([0] * 10, None, None),
    ([4] * 48, 4.4, None),
    ([6] * 48, 4.0, -0.45),
    ([3] * 48, 4.5, 0.3),
    ([1] * 48, 4.5, 0.5),
]


@pytest.mark.parametrize(("classes", "usual", "slope"), SLOPES)
def test_a_piece_comes_out_of_a_whisper_and_back_to_the_loudness_of_its_seed(classes, usual, slope):
    layout = ScoreLayout(PIANO_HANDS, dynamics=True)
    course = PartsLimits(((52, 103), (26, 74)), 96, 192, (frozenset(), frozenset()), usual_velocity=usual)
    nats = ScoreMasks(layout, course).leaning(Heard(classes))
    if slope is None:
        assert nats is None
        return
    first = layout.first[VELOCITY]
    assert nats[first : first + 8].tolist() == pytest.approx([slope * c for c in range(8)])
    assert not nats[:first].any()


@published
def test_takes_are_neither_whispers_nor_faster_than_hands():
    loudness = []
    for seed in range(3):
        made = invented(seed, num_bars=8)
        loudness.append(np.mean([n.velocity for track in made.tracks for n in track.notes]))
        busiest = max(len({n.onset_quarter for n in track.notes}) for track in made.tracks) / made.end_quarter
        assert busiest * made.tempos[0].qpm / 60 < 12
    assert np.median(loudness) > 45 and min(loudness) > 30  # one of them may be soft
