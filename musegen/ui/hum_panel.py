"""Hum a seed: the microphone or a sound file, what was heard of it as a picture, and its correction.

hummed_seed, listen_to, recordings, bring_back, has_microphone. The last recordings of a session are kept as they were
heard; taking one down in another way, a rerun or a change of page loses nothing, nor does a recording in which nothing
is heard.
"""

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import streamlit as st

from musegen.constants import MAX_QPM, MIN_QPM
from musegen.errors import MusegenError
from musegen.files.sound_file import MAX_BYTES, MAX_SECONDS, SOUND_EXTENSIONS
from musegen.languages import message, together
from musegen.music.clip import Clip
from musegen.music.theory import key_fifths, key_name, parse_key
from musegen.music.timing import num_bars
from musegen.music.transform import slice_bars
from musegen.remarks import remark
from musegen.rendering.hum_chart import hum_chart
from musegen.services.seeds import humming
from musegen.services.seeds.humming import AS_SUNG, FIND, HumReading, Listening
from musegen.services.seeds.seed import Seed
from musegen.ui import progress
from musegen.ui.editor import edit_notes
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.plot import plot
from musegen.ui.program import program
from musegen.ui.state import session

_KEPT = "musegen_hummed"
MAX_KEPT = 5
MAX_BARS = 64
MIC_RATE = 22_050
PATIENCE_SECONDS = 0.4
METERS = {"4/4": (4, 4), "3/4": (3, 4), "2/4": (2, 4), "6/8": (6, 8)}
WRITE, READ = humming.heard_text, humming.read_heard
"""What was heard of a recording as text, and back."""

_GRID_WORDS = {
    "find": message("Find it"),
    "1/4": message("Quarters"),
    "1/8": message("Eighths"),
    "1/16": message("Sixteenths"),
    "1/8 triplets": message("Triplets"),
}
_PACE_WORDS = {0.5: message("Half as fast"), 1.0: message("As heard"), 2.0: message("Twice as fast")}
_RANGE_WORDS = {
    AS_SUNG: message("Where I sang it"),
    "fiddle": message("Fiddle or flute"),
    "viola": message("Around middle C"),
    "cello": message("Cello"),
    "bass": message("Bass"),
}
_KEY_WORDS = {FIND: message("The likeliest key"), AS_SUNG: message("No key, as I sang")}
_KEYS = tuple(key_name(tonic, mode) for mode in ("major", "minor") for tonic in range(12))


@dataclass(slots=True)
class _Hummed:
    """The recordings of this session in which notes were heard, oldest first; `shown` is the one in use."""

    kept: list[Listening] = field(default_factory=list)
    shown: str = ""
    job: Listening | None = None
    error: str | None = None
    numbers: dict[str, int] = field(default_factory=dict)

    def start(self, data: bytes | Clip, title: str) -> None:
        """Listen to a recording; one under way is left."""
        if self.job:
            self.job.cancel()
        self.error, self.job = None, Listening(data, title)
        program().listening.submit(self.job, session().owner)

    def stop(self) -> None:
        """Stop listening; what was heard before stays."""
        if self.job:
            self.job.cancel()
        self.job = None

    def collect(self) -> None:
        """Take over what was heard, or why nothing was."""
        job = self.job
        if job is None or not job.finished:
            return
        self.job, self.error = None, job.error
        if job.result:
            self.numbers.setdefault(job.recording_id, max(self.numbers.values(), default=0) + 1)
            self.kept = [*[one for one in self.kept if one.recording_id != job.recording_id], job][-MAX_KEPT:]
            self.shown = job.recording_id

    @property
    def current(self) -> Listening | None:
        """The recording in use."""
        return next((one for one in self.kept if one.recording_id == self.shown), None)


def hummed_seed() -> Seed | None:
    """Show the microphone and what was heard; return the seed that it makes, None where there is none."""
    hummed = _hummed()
    _sources()
    if hummed.job:
        hummed.job.wait(PATIENCE_SECONDS)
        hummed.collect()
    if hummed.job:
        _watch()
    current = hummed.current
    if hummed.error:
        kept = message(" The notes are still those of {current}.", current=_title(current)) if current else ""
        st.error(plain(together((hummed.error, kept), "")))
    if current is None:
        return None
    if len(hummed.kept) > 1:
        current = _choose(hummed)
    reading = _reading()
    try:
        seed = humming.take_down(current.heard, current.recording_id, reading)
    except MusegenError as error:
        st.error(plain(str(error)))
        return None
    seed = _shortened(seed)
    _picture(current, seed)
    st.caption(plain(together(seed.messages)))
    title = _title(current)
    piece = edit_notes(
        f"hum_edit_{current.recording_id}",
        seed.piece,
        title=say("What you hummed, {title}", title=title),
        max_bars=MAX_BARS,
    )
    if not piece.num_notes:
        st.info(say("There are no notes left: record again, or undo in the editor."))
        return None
    return replace(seed, piece=piece, title=title, messages=())


def recordings() -> tuple[dict[int, Listening], str]:
    """Return the recordings of this session by their numbers, oldest first, and the id of the one in use."""
    hummed = st.session_state.get(_KEPT, _Hummed())
    return {hummed.numbers[one.recording_id]: one for one in hummed.kept}, hummed.shown


def bring_back(heard: dict[int, Listening], shown: str) -> None:
    """Give a new session what `recordings` returned."""
    numbers = {one.recording_id: number for number, one in heard.items()}
    st.session_state[_KEPT] = _Hummed(list(heard.values()), shown, numbers=numbers)


def listen_to(clip: Clip, title: str) -> None:
    """Listen to sound that was made elsewhere, as if it had been recorded here."""
    _hummed().start(clip, title)


def _hummed() -> _Hummed:
    return st.session_state.setdefault(_KEPT, _Hummed())


def _title(listening: Listening) -> str:
    return message("Hum {number}", number=_hummed().numbers[listening.recording_id])


def _sources() -> None:
    """Draw the microphone and the uploader; where the browser gives no microphone, say so."""
    limit = message("{max_seconds:.0f} minutes", max_seconds=MAX_SECONDS / 60)
    if has_microphone():
        st.audio_input(
            say("Hum, sing or whistle a tune, up to {limit}", limit=limit),
            sample_rate=MIC_RATE,
            key="hum_mic",
            on_change=_take,
            args=("hum_mic",),
            help=say(
                "One voice alone, near the microphone. La la la gives surer notes than a closed "
                "mouth. It is listened to on the computer that runs Musegen and not kept."
            ),
        )
        # the recorder itself says no more than that an error has occurred
        st.caption(
            say("If no recording starts, allow the microphone beside the browser's address, or choose a sound file.")
        )
    else:
        st.info(
            say(
                "The browser gives a microphone only to a page on this computer or at an https "
                "address; a sound file can be used here all the same."
            )
        )
    st.file_uploader(
        say("Or a sound file of one voice, up to {limit}", limit=limit),
        type=[extension.lstrip(".") for extension in SOUND_EXTENSIONS],
        max_upload_size=MAX_BYTES // 2**20,
        key="hum_file",
        on_change=_take,
        args=("hum_file",),
        help=say("WAV, FLAC, OGG or MP3."),
    )


def has_microphone() -> bool:
    """Return whether browsers let a page at this address use the microphone."""
    address = urlsplit(st.context.url or "http://localhost")
    host = address.hostname or ""
    return address.scheme == "https" or host in ("localhost", "::1") or host.startswith("127.")


def _take(key: str) -> None:
    """Listen to what was just recorded or uploaded."""
    file = st.session_state.get(key)
    if file is None:
        return
    data = file.getvalue()
    hummed = _hummed()
    hummed.start(data, message("Your recording") if key == "hum_mic" else file.name)


@st.fragment(run_every=0.25)
def _watch() -> None:
    hummed = _hummed()
    job = hummed.job
    if job is None or job.finished:
        hummed.collect()
        st.rerun()
    progress.row(job, say("Listening"), hummed.stop, "hum_cancel", say("Stop listening; what was heard before stays."))


def _choose(hummed: _Hummed) -> Listening:
    """Let one of the recordings be chosen; a new one is chosen by itself."""
    chosen = {one.recording_id: one for one in hummed.kept}
    st.session_state["hum_shown"] = hummed.shown

    def take() -> None:
        hummed.shown = st.session_state["hum_shown"] or hummed.shown

    st.segmented_control(
        say("Your recordings"),
        list(chosen),
        format_func=lambda name: say(
            "{number}: {count:# note|# notes}", number=hummed.numbers[name], count=len(chosen[name].heard.notes)
        ),
        key="hum_shown",
        required=True,
        wrap=True,
        on_change=take,
        help=say("The last five are kept, each with what you corrected in it."),
    )
    return hummed.current or hummed.kept[-1]


def _reading() -> HumReading:
    """Draw how the recording is taken down."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="hum-reading"):
        key = st.selectbox(
            say("Snap to"),
            [FIND, AS_SUNG, *_KEYS],
            format_func=lambda name: say(_KEY_WORDS.get(name, name)),
            key="hum_key",
            persist_state="session",
            width=190,
            help=say("Notes outside the key go to the nearest note in it, judged by how you sang them."),
        )
        range_name = st.selectbox(
            say("Octave"), list(_RANGE_WORDS), format_func=lambda name: say(_RANGE_WORDS[name]), key="hum_range",
            persist_state="session", width=180, help=say("The tune moves by whole octaves to where this plays."),
        )  # fmt: skip
        meter = METERS[
            st.selectbox(say("Meter"), list(METERS), key="hum_meter", persist_state="session", width=100,
                         help=say("Beats in a bar, which cannot be heard for certain."))
        ]  # fmt: skip
        grid = "find"
        if meter != (6, 8):
            grid = st.selectbox(
                say("Shortest notes"),
                list(_GRID_WORDS),
                format_func=lambda name: say(_GRID_WORDS[name]),
                key="hum_grid",
                persist_state="session",
                width=150,
                help=say("Which notes there can be. Find it listens for what you meant."),
            )
        known = st.toggle(say("I hummed to a tempo"), key="hum_to_tempo", persist_state="session",
                          help=say("Turn on if you sang along with a metronome."))  # fmt: skip
        bpm, pace = None, 1.0
        if known:
            bpm = float(st.number_input(
                say("BPM"), int(MIN_QPM) + 10, int(MAX_QPM) - 120, 100, key="hum_bpm", persist_state="session",
                width=150,
            ))  # fmt: skip
        else:
            pace = st.selectbox(
                say("Tempo"),
                list(_PACE_WORDS),
                index=1,
                format_func=lambda name: say(_PACE_WORDS[name]),
                key="hum_pace",
                persist_state="session",
                width=150,
                help=say("Eighths at one tempo sound like sixteenths at half of it."),
            )
        beats = meter[0] // 3 if meter == (6, 8) else meter[0]
        first = st.selectbox(
            say("Begins on beat"), range(1, beats + 1), key=f"hum_first_{beats}", persist_state="session", width=140,
            help=say("Choose the last beat of the bar if the tune begins with a pickup."),
        )  # fmt: skip
    return HumReading(bpm, meter, grid, pace, first, key if key in (FIND, AS_SUNG) else parse_key(key), range_name)


def _picture(listening: Listening, seed: Seed) -> None:
    """Show the pitch of the voice and the notes that were found in it."""
    hum = listening.heard
    key = seed.piece.key_signatures[0]
    rows = [(note.onset_sec, note.end_sec, note.pitch, note.confidence) for note in hum.notes]
    plot(
        hum_chart(hum.track.seconds, hum.track.pitch - hum.tuning, rows, key_fifths(key.tonic, key.mode)),
        key="hum_picture",
        config={"displayModeBar": False, "scrollZoom": False},
        alt=say(
            "The pitch of your voice over {seconds:# second|# seconds}, and {num_rows:the note|the # notes} "
            "heard in it",
            seconds=round(hum.seconds),
            num_rows=len(rows),
        ),
    )


def _shortened(seed: Seed) -> Seed:
    total = num_bars(seed.piece)
    if total <= MAX_BARS:
        return seed
    piece = slice_bars(seed.piece, 0, MAX_BARS + (1 if seed.piece.pickup_quarter else 0))
    return replace(seed, piece=piece, messages=(*seed.messages, remark("first_bars_used", used=MAX_BARS, bars=total)))
