"""A page with nothing but the stage, for benchmarks/page_speed.py: takes of so many notes, another at each press.

`streamlit run benchmarks/stage_page.py`, then ``?notes=600`` behind the address.
"""

import random
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from musegen.composers.request import Take
from musegen.music import KeySignature, Note, Piece, Tempo, Track
from musegen.ui.stage import show_stage

_SCALE = (0, 2, 4, 5, 7, 9, 11)
_VOICES = (("Soprano", 35, 0.5), ("Alto", 33, 1.0), ("Tenor", 28, 1.0), ("Bass", 22, 1.0))
"""Name, first step of the scale of C above MIDI 0, and length in quarters; of five notes two are the soprano's."""


def take_of(num_notes: int, number: int) -> Take:
    """Return a take of four voices in C major, 120 quarters a minute; `number` decides which."""
    draw = random.Random(number)
    tracks = []
    for name, step, length in _VOICES:
        notes = []
        for index in range(round(num_notes * (0.4 if length < 1 else 0.2))):
            step += draw.choice((-2, -1, -1, 1, 1, 2)) if notes else 0
            step = min(max(step, 14), 42)
            notes.append(Note(index * length, 12 * (step // 7) + _SCALE[step % 7], length, 80))
        tracks.append(Track(tuple(notes), 0, False, name))
    music = Piece(tuple(tracks), (Tempo(0.0, 120.0),), key_signatures=(KeySignature(0.0, 0, "major"),))
    return Take(music, 0, (), 1, music.end_quarter / 2, 0, 0.0, number, "benchmark", "0" * 64)


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    number = st.session_state.setdefault("number", random.randrange(10**9))
    if st.button("Another"):
        number = st.session_state["number"] = number + 1
    take = take_of(int(st.query_params.get("notes", "600")), number)
    show_stage(take, take)
else:
    from musegen.ui.routes import routes

    app = st.App(__file__, routes=routes())
