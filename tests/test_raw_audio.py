"""The raw-audio network: in numpy as in Keras, continuing clips, the command line and the page."""

import functools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from musegen.cli.command_line import main
from musegen.errors import CancelledError, ConstraintError, FileFormatError, StyleError
from musegen.files.sound_file import read_clip
from musegen.music.clip import Clip, loudest_dbfs
from musegen.rendering.audio import clip_bytes
from musegen.rendering.sound_chart import spectrogram_chart, waveform_chart
from musegen.services.seeds.humming import seed_of_clip
from musegen.services.sound.continuing import ContinueRequest, Continuing, continue_clip, example_bytes
from musegen.sound import mu_law
from musegen.sound.linear_prediction import FRAME, running_predictions
from musegen.sound.raw_checkpoint import load_raw_model, save_raw_model
from musegen.sound.raw_config import PREDICTORS, RawConfig
from musegen.sound.raw_network import SHAPES, RawNetwork, RawPlayer, shapes


@functools.cache
def small_network(scale=0.1):
    config = RawConfig(slow_units=8, fast_units=12)
    random = np.random.default_rng(3)
    made = {name: random.normal(0, scale, shape).astype(np.float32) for name, shape in shapes(config).items()}
    return RawNetwork(config, made)


def tone(seconds=1.0, rate=8_000, hertz=220.0, peak=0.5):
    time = np.arange(int(seconds * rate)) / rate
    return peak * np.sin(2 * np.pi * hertz * time) * np.exp(-0.2 * time)


def test_numpy_plays_what_keras_has_learned():
    keras = pytest.importorskip("keras")
    from musegen.networks.raw_audio import RawAudioNetwork
    from musegen.training.raw_audio.fit import inputs_of

    network, margin, length = small_network(), 4 * FRAME, 6 * FRAME
    model = RawAudioNetwork(network.config)
    levels = mu_law.encode(tone() + 0.1 * np.random.default_rng(0).standard_normal(8_000))[: margin + length]
    samples = mu_law.decode(levels)
    made = [running_predictions(samples[None].astype(float), how) for how in PREDICTORS]
    predicted, scales = np.stack([p[0] for p, _ in made], 1), np.stack([s[0] for _, s in made], 1)
    inputs = inputs_of(samples, mu_law.compress(samples), predicted, scales, margin)
    model({name: value[None] for name, value in inputs.items()})
    for weight in model.trainable_weights:
        weight.assign(network.weights[weight.path.split("/", 1)[-1].replace("/", ".")])
    logits = keras.ops.convert_to_numpy(model({name: value[None] for name, value in inputs.items()}))[0]
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    player = RawPlayer(network)
    player.hear(levels[:margin])
    player.forget()  # Keras begins the stretch with an empty state
    for at in range(length):
        assert np.abs(player.probabilities() - chances[at]).max() < 1e-4
        player.hear(levels[margin + at : margin + at + 1])


def test_the_same_number_plays_the_same_and_it_plays_what_it_says_is_likely():
    heard = mu_law.encode(tone())
    played = []
    for _ in range(2):
        player = RawPlayer(small_network())
        player.hear(heard)
        played.append(player.play(100, 0.9, np.random.default_rng(5)))
    assert (played[0] == played[1]).all()
    player = RawPlayer(small_network())
    player.hear(heard[:400])
    chances = player.probabilities(0.7).cumsum()
    drawn = int(np.searchsorted(chances, np.random.default_rng(5).random(1)[0]))
    assert player.play(1, 0.7, np.random.default_rng(5)).tolist() == [drawn]


def test_a_player_stops_when_asked():
    player = RawPlayer(small_network())
    player.hear(mu_law.encode(tone(0.1)))
    assert len(player.play(1_000, 1.0, np.random.default_rng(0), lambda: True)) == 0
    with pytest.raises(CancelledError):
        continue_clip(Clip(tone(), 8_000), ContinueRequest(), cancelled=lambda: True)


@settings(max_examples=5, deadline=None)
@given(
    st.sampled_from([8_000, 11_025, 44_100]), st.floats(0.25, 0.6), st.floats(60, 900), st.floats(0.01, 1.0),
    st.floats(0.7, 1.2), st.integers(0, 99),
)  # fmt: skip
def test_what_is_played_on_is_never_silent_or_clipped(rate, seconds, hertz, peak, temperature, seed):
    made = continue_clip(Clip(tone(seconds, rate, hertz, peak), rate), ContinueRequest(0.5, temperature, seed))
    new, given_sec = made.new, made.given_sec
    assert made.clip.sample_rate == 8_000 and given_sec == pytest.approx(seconds, abs=0.01)
    assert new.duration_sec == pytest.approx(0.5, abs=0.01)
    assert made.clip.peak <= 1 and np.mean(np.abs(made.clip.samples) > 0.94) < 0.01
    assert loudest_dbfs(made.clip.samples, 8_000) > -20 and new.loudest_dbfs > -60


@pytest.mark.parametrize("wrong", [{"seconds": 0.1}, {"seconds": 99}, {"temperature": 0}, {"random_seed": -1}])
def test_what_cannot_be_asked_for_is_refused(wrong):
    with pytest.raises(ConstraintError):
        ContinueRequest(**wrong)


def test_a_job_continues_the_end_of_a_clip():
    job = Continuing(Clip(tone(4.0, 8_000), 8_000), ContinueRequest(0.5))
    job.run()
    assert job.progress == 1.0 and job.error is None
    assert job.result.remarks[0].code == "end_of_clip_used" and job.result.new.duration_sec == pytest.approx(0.5)


def test_the_shipped_network_is_small_and_its_card_says_how_good_it_is():
    card = load_raw_model().card
    nats = card["measured"]["nats"]
    assert nats["network"] < nats["running"] < nats["fixed"] and nats["network"] < nats["ngram"]
    assert read_clip(example_bytes()).clip.duration_sec == pytest.approx(2, abs=0.1)


def test_weights_are_written_and_read_back_and_damaged_ones_refused(tmp_path):
    save_raw_model(tmp_path, small_network(), {"title": "small"})
    again = load_raw_model(tmp_path)
    assert again.card["title"] == "small" and again.network.config == small_network().config
    for name in SHAPES:
        assert again.network.weights[name] == pytest.approx(small_network().weights[name], abs=1e-3)
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "card.json").write_bytes((tmp_path / "card.json").read_bytes())
    (tmp_path / "cut" / "weights.npz").write_bytes((tmp_path / "weights.npz").read_bytes()[:500])
    for folder in (tmp_path / "cut", tmp_path / "none"):
        with pytest.raises(StyleError, match="missing or damaged"):
            load_raw_model(folder)
    with pytest.raises(ValueError, match="must have shape"):
        RawNetwork(RawConfig(), small_network().weights)


def test_the_melody_of_a_clip_becomes_a_seed():
    notes = [tone(0.5, 16_000, 440 * 2 ** ((pitch - 69) / 12)) * np.hanning(8_000) for pitch in (60, 64, 67, 72)]
    seed = seed_of_clip(Clip(np.concatenate(notes), 16_000))
    pitches = [note.pitch for note in seed.piece.tracks[0].notes]
    assert [pitch - pitches[0] for pitch in pitches] == [0, 4, 7, 12]
    with pytest.raises(FileFormatError, match="No tune"):
        seed_of_clip(Clip(0.3 * np.clip(np.random.default_rng(0).standard_normal(16_000), -3, 3) / 3, 16_000))


def test_pictures_of_a_clip():
    clip = Clip(tone(2.0), 8_000)
    given, new = waveform_chart(clip, 0.5)["data"]
    assert max(given["x"]) < 0.5 <= min(new["x"]) and max(given["y"]) == pytest.approx(0.5, abs=0.02)
    picture = spectrogram_chart(clip, 0.5)
    rows = np.array(picture["data"][0]["z"])
    loudest = rows[:, rows.shape[1] // 2].argmax()
    assert abs((loudest + 0.5) * picture["data"][0]["dy"] - 220) < 32 and rows.max() == 0
    assert picture["layout"]["shapes"][0]["x0"] == 0.5


def test_the_command_line_continues_a_clip(tmp_path, capsys):
    (tmp_path / "in.wav").write_bytes(clip_bytes(Clip(tone(1.0, 16_000), 16_000)))
    asked = ["audio", "continue", str(tmp_path / "in.wav"), "--seconds", "0.5", "--json"]
    assert main([*asked, "--out", str(tmp_path / "out.wav")]) == 0
    told = json.loads(capsys.readouterr().out)
    clip = read_clip((tmp_path / "out.wav").read_bytes()).clip
    assert told["seconds"] == pytest.approx(clip.duration_sec, abs=1e-3) == 1.5
    assert told["given_seconds"] == 1.0 and told["sample_rate"] == 8_000
    assert main([*asked, "--out", str(tmp_path / "out.mp4")]) == 2
    assert main(["audio", "continue", str(tmp_path / "none.wav"), "--out", str(tmp_path / "out.wav")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_the_page_plays_the_example_on():
    page = AppTest.from_file("../pages/raw_audio.py", default_timeout=60).run()
    assert not page.exception and page.button(key="raw-go").disabled
    page.button(key="raw-example").click().run()
    page.slider(key="raw_seconds").set_value(0.5).run()
    page.button(key="raw-go").click().run()
    for _ in range(60):
        if page.session_state["musegen_raw_audio"].made:
            break
        page.session_state["musegen_raw_audio"].job.wait(1.0)
        page.run()
    assert not page.exception and not page.error
    assert page.session_state["musegen_raw_audio"].made.new.duration_sec == pytest.approx(0.5, abs=0.01)


def test_the_page_says_at_once_what_a_sound_file_lacks_and_keeps_the_one_before():
    page = AppTest.from_file("../pages/raw_audio.py", default_timeout=60).run()

    def given():
        return page.session_state["musegen_raw_audio"].given

    page.file_uploader(key="raw_file").upload("text.wav", b"no sound at all", "audio/wav").run()
    assert "not a sound file" in page.error[0].value and given() is None and page.button(key="raw-go").disabled
    stereo = clip_bytes(Clip(tone(1.0, 44_100), 44_100))
    page.file_uploader(key="raw_file").upload("tone.wav", stereo, "audio/wav").run()
    assert not page.error and given().clip.sample_rate == 8_000 and not page.button(key="raw-go").disabled
    assert any("8 kHz" in caption.value for caption in page.caption)
    page.file_uploader(key="raw_file").upload(
        "silence.wav", clip_bytes(Clip(np.zeros(16_000), 8_000)), "audio/wav"
    ).run()
    assert "Nothing can be heard" in page.error[0].value and given().clip.sample_rate == 8_000
