"""The page of the raw-audio network: a second of sound, recorded or uploaded, played on sample by sample."""

from dataclasses import dataclass

import streamlit as st

from musegen.errors import MusegenError
from musegen.files.sound_file import MAX_BYTES, MAX_SECONDS, SOUND_EXTENSIONS, ClipReading
from musegen.languages import message, together
from musegen.rendering.audio import clip_bytes
from musegen.rendering.sound_chart import spectrogram_chart, waveform_chart
from musegen.services.sound import continuing
from musegen.services.sound.continuing import Continued, ContinueRequest, Continuing
from musegen.sound.raw_checkpoint import load_raw_model
from musegen.ui import clip_to_notes, progress
from musegen.ui.hum_panel import has_microphone
from musegen.ui.language import say
from musegen.ui.messages import plain
from musegen.ui.plot import plot
from musegen.ui.program import program
from musegen.ui.state import MAX_RANDOM_SEED, session

_KEPT = "musegen_raw_audio"
_PATIENCE_SECONDS = 0.4
_STILL = {"displayModeBar": False, "scrollZoom": False}


@dataclass(slots=True)
class _Played:
    """What this session's page holds: the sound given, the job under way, what came of the last one."""

    given: ClipReading | None = None
    title: str = ""
    job: Continuing | None = None
    made: Continued | None = None
    error: str | None = None

    def collect(self) -> None:
        """Take over what was made, or why nothing was; what was there before stays where it was stopped."""
        job = self.job
        if job is None or not job.finished:
            return
        self.job = None
        if job.result or job.error:
            self.made, self.error = job.result or self.made, job.error

    def stop(self) -> None:
        """Stop; what was made before stays."""
        if self.job:
            self.job.cancel()
        self.job = None


def draw() -> None:
    """Draw the page."""
    st.markdown(say("## Raw sound"))
    st.caption(
        say(
            "A second of sound, played on sample by sample by a small recurrent network that heard half an hour of "
            "jazz. A toy: it goes on with what sounds for a while, and knows nothing of melody."
        )
    )
    try:
        card = load_raw_model().card
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    played = _played()
    _sources(played)
    request = _request()
    st.button(
        say("Play on"),
        icon=":material/play_arrow:",
        type="primary",
        key="raw-go",
        disabled=played.given is None or played.job is not None,
        on_click=_start,
        args=(played, request),
        help=say("Let the network hear the end of the sound and play on."),
    )
    if played.given is None and not played.error:
        st.info(say("Record or choose a sound, or take the example; a second is enough."))
    if played.job:
        played.job.wait(_PATIENCE_SECONDS)
        played.collect()
    if played.job:
        _watch()
    if played.error:
        st.error(plain(played.error))
    if played.made:
        _show(played.made)
    _about(card)


def _played() -> _Played:
    return st.session_state.setdefault(_KEPT, _Played())


def _sources(played: _Played) -> None:
    """Draw the microphone, the uploader and the example."""
    limit = message("{max_seconds:.0f} minutes", max_seconds=MAX_SECONDS / 60)
    with st.container(horizontal=True, vertical_alignment="bottom", key="raw-sources"):
        if has_microphone():
            st.audio_input(
                say("Record a second or more"),
                sample_rate=16_000,
                key="raw_mic",
                on_change=_take,
                args=("raw_mic",),
                width=320,
                help=say("It is listened to on the computer that runs Musegen and not kept."),
            )
        st.file_uploader(
            say("Or a sound file, up to {limit}", limit=limit),
            type=[extension.lstrip(".") for extension in SOUND_EXTENSIONS],
            max_upload_size=MAX_BYTES // 2**20,
            key="raw_file",
            on_change=_take,
            args=("raw_file",),
            width=420,
            help=say("WAV, FLAC, OGG or MP3. Its last seconds are used."),
        )
        st.button(
            say("Take the example"),
            icon=":material/music_note:",
            key="raw-example",
            on_click=_take_example,
            help=say("Two seconds of a saxophone over a bass that the network has never heard."),
        )
    if played.given is not None:
        st.caption(say("Chosen: {title}", title=played.title))
        if played.given.remarks:
            st.caption(plain(together(played.given.remarks)))


def _take(key: str) -> None:
    """Keep what was just recorded or uploaded."""
    file = st.session_state.get(key)
    if file is not None:
        _give(file.getvalue(), message("Your recording") if key == "raw_mic" else file.name)


def _take_example() -> None:
    _give(continuing.example_bytes(), message("The example"))


def _give(data: bytes, title: str) -> None:
    """Read a sound that was chosen; what cannot be read is said, and changes nothing else."""
    played = _played()
    try:
        given = continuing.read_for_network(data)
    except MusegenError as error:
        played.error = str(error)
        return
    played.stop()
    played.given, played.title, played.made, played.error = given, title, None, None


def _request() -> ContinueRequest:
    with st.container(horizontal=True, vertical_alignment="bottom", key="raw-settings"):
        seconds = st.slider(
            say("Seconds of new sound"),
            continuing.MIN_SECONDS,
            continuing.MAX_SECONDS,
            3.0,
            0.5,
            key="raw_seconds",
            persist_state="session",
            width=260,
            help=say("How long it plays on. A second takes about a second to make."),
        )
        temperature = st.slider(
            say("Temperature"),
            continuing.MIN_TEMPERATURE,
            continuing.MAX_TEMPERATURE,
            ContinueRequest().temperature,
            0.05,
            key="raw_temperature",
            persist_state="session",
            width=260,
            help=say("Low: purer, and it often dies away. High: noisier, and more happens."),
        )
        seed = st.number_input(
            say("Random number"),
            0,
            MAX_RANDOM_SEED,
            0,
            key="raw_random",
            persist_state="session",
            width=150,
            help=say("The same number gives the same sound again."),
        )
    return ContinueRequest(float(seconds), float(temperature), int(seed))


def _start(played: _Played, request: ContinueRequest) -> None:
    if played.given is None:
        return
    played.error, played.job = None, Continuing(played.given.clip, request)
    program().sounding.submit(played.job, session().owner)


@st.fragment(run_every=0.25)
def _watch() -> None:
    played = _played()
    job = played.job
    if job is None or job.finished:
        played.collect()
        st.rerun()
    progress.row(job, say("Playing on"), played.stop, "raw-cancel", say("Stop; what was made before stays."))


def _show(made: Continued) -> None:
    """Show what was made: to hear, as waveform and spectrogram, to download and to take to Compose."""
    wav = clip_bytes(made.clip)
    st.audio(wav, "audio/wav")
    if made.remarks:
        st.caption(plain(together(made.remarks)))
    plot(waveform_chart(made.clip, made.given_sec), key="raw-waveform", config=_STILL,
         alt=say("The samples over time, what is new in another colour"))  # fmt: skip
    plot(spectrogram_chart(made.clip, made.given_sec), key="raw-spectrogram", config=_STILL,
         alt=say("How loud each frequency is over time; a line stands where the new sound begins"))  # fmt: skip
    with st.container(horizontal=True):
        st.download_button("WAV", wav, "musegen-raw.wav", "audio/wav", on_click="ignore", icon=":material/download:",
                           key="raw-wav", help=say("What was given and what is new."))  # fmt: skip
        clip_to_notes.button(made.clip, message("Raw sound"), key="raw-notes")


def _about(card: dict) -> None:
    """Say how good it is, from its card."""
    figures = card.get("measured", {})
    if not figures:
        return
    with st.expander(say("How good it is"), key="raw-about"):
        st.markdown(
            say(
                "On held-out sound it needs {network:.2f} nats a sample, a linear predictor refitted all the time "
                "{running:.2f}, one for all sound {fixed:.2f}, and counts of the levels before {ngram:.2f} (fewer is "
                "better).",
                **{name: figures["nats"][name] for name in ("network", "running", "fixed", "ngram")},
            )
        )
        st.caption(say("It learned from {minutes:.0f} minutes of sound that was rendered for it.",
                       minutes=card["minutes_of_sound"]))  # fmt: skip
