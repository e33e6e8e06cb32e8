"""Spectra, phases found from magnitudes, and the distances between sounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegen.evaluation.sound import log_spectral_distance, mel_cepstral_distortion, read_class, read_number
from musegen.sound import spectrum
from musegen.sound.phase import integrated_phase, phase_gradients, sound_of
from musegen.sound.spectrum import BANDS, BINS, CLIP_SAMPLES, FRAMES, HOP, SAMPLE_RATE, WINDOW

SECOND = np.arange(SAMPLE_RATE) / SAMPLE_RATE
CHIRP = np.sin(2 * np.pi * (300 * SECOND + 400 * SECOND**2)) + 0.4 * np.sin(2 * np.pi * 1990 * SECOND)


def convergence(sound, magnitude, hop=HOP):
    """Decibels that the magnitudes of a sound differ from the wanted ones by, in relation to these."""
    away = np.abs(spectrum.stft(sound, hop))[: len(magnitude)] - magnitude
    return 20 * np.log10(np.linalg.norm(away) / np.linalg.norm(magnitude))


@pytest.mark.parametrize("hop", [128, 256])
@settings(max_examples=10, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 2**31))
def test_a_sound_comes_back_from_its_spectra(hop, length, seed):
    sound = np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)
    spectra = spectrum.stft(sound, hop)
    assert spectra.shape == (-(-length // hop), BINS)
    back = spectrum.istft(spectra, hop)[:length]
    inner = slice(0, max(length - hop, 0))  # at the very end no window is near its middle
    assert np.allclose(back[inner], sound[inner], atol=1e-4)


def test_a_clip_has_the_frames_that_the_network_sees():
    drawn = spectrum.clip_picture(np.random.default_rng(0).normal(size=CLIP_SAMPLES).astype(np.float32))
    assert drawn.shape == (FRAMES, BANDS)
    assert spectrum.clip_picture(np.zeros(CLIP_SAMPLES, np.float32)).max() == pytest.approx(
        spectrum.FULL_DB + spectrum.FLOOR_DB
    )


@pytest.mark.parametrize("hz", [110.0, 440.0, 3000.0])
def test_a_tone_is_loudest_in_the_band_of_its_pitch(hz):
    drawn = spectrum.picture(np.abs(spectrum.stft(np.sin(2 * np.pi * hz * SECOND).astype(np.float32))))
    band = int(drawn[20].argmax())
    assert abs(spectrum.band_bins()[band] * SAMPLE_RATE / WINDOW - hz) < max(0.03 * hz, 20)


def test_magnitudes_of_a_picture_have_its_decibels_in_the_middle_of_each_band():
    drawn = np.tile(np.linspace(-20.0, 30.0, BANDS, dtype=np.float32), (6, 1))
    back = spectrum.to_db(spectrum.magnitudes(drawn))
    bins = np.arange(4, BINS - 2)
    assert np.allclose(back[:, bins], np.interp(bins, spectrum.band_bins(), drawn[0]), atol=0.01)
    assert spectrum.magnitudes(drawn, HOP // 2).shape == (12, BINS)


def test_the_phase_of_a_tone_turns_by_its_frequency():
    bin_number = 40
    tone = np.cos(2 * np.pi * bin_number / WINDOW * np.arange(8000)).astype(np.float32)
    in_time, in_frequency = phase_gradients(np.abs(spectrum.stft(tone)), HOP)
    assert in_time[15, bin_number - 2 : bin_number + 3] == pytest.approx(
        2 * np.pi * HOP * bin_number / WINDOW, rel=1e-2
    )
    assert np.abs(in_frequency[15, bin_number - 2 : bin_number + 3]).max() < 0.02


@pytest.mark.parametrize("hop", [128, 256])
def test_integrated_phases_make_a_sound_with_the_magnitudes(hop):
    magnitude = np.abs(spectrum.stft(CHIRP.astype(np.float32), hop))
    by = {order: convergence(sound_of(magnitude, hop=hop, steps=0, order=order), magnitude, hop)
          for order in ("tree", "heap", "none")}  # fmt: skip
    assert by["heap"] < -15 and by["tree"] < by["heap"] + 3 and by["none"] > by["tree"] + 6


def test_griffin_lim_after_the_phase_is_better_than_as_many_steps_from_chance():
    magnitude = np.abs(spectrum.stft(CHIRP.astype(np.float32)))
    begun, chance = (convergence(sound_of(magnitude, steps=8, order=order), magnitude) for order in ("tree", "none"))
    assert begun < convergence(sound_of(magnitude, steps=0), magnitude) - 3
    assert begun < chance - 3


def test_the_same_magnitudes_sound_the_same_and_silence_stays_silent():
    magnitude = np.random.default_rng(3).uniform(0, 1, (20, BINS))
    assert np.array_equal(sound_of(magnitude), sound_of(magnitude))
    assert not sound_of(np.zeros((20, BINS))).any()
    assert np.isfinite(integrated_phase(np.pad(magnitude, ((5, 5), (0, 0))))).all()


def test_distances_of_sounds_by_hand():
    loud = np.full((4, BINS), 2.0)
    assert log_spectral_distance(loud, loud / 2) == pytest.approx(20 * np.log10(2))
    flat = np.zeros((4, BANDS))
    assert mel_cepstral_distortion(flat + 7, flat) == pytest.approx(0, abs=1e-9)  # loudness alone is left out
    wave = 6 * np.cos(np.pi * 3 * (np.arange(BANDS) + 0.5) / BANDS)
    assert mel_cepstral_distortion(flat + wave, flat) == pytest.approx(6 / np.sqrt(2))
    beyond = 6 * np.cos(np.pi * 20 * (np.arange(BANDS) + 0.5) / BANDS)
    assert mel_cepstral_distortion(flat + beyond, flat) == pytest.approx(0, abs=1e-9)


def test_probes_read_what_lies_there_and_nothing_else():
    random = np.random.default_rng(0)
    places, others = random.normal(size=(200, 2)), random.normal(size=(100, 2))
    right = (places[:, 0] > 0).astype(int)
    assert read_class(places, right, others, (others[:, 0] > 0).astype(int)) > 0.95
    assert read_number(places, 3 * places[:, 1] + 2, others, 3 * others[:, 1] + 2) == pytest.approx(1)
    assert read_number(places, random.normal(size=200), others, random.normal(size=100)) < 0.1


def test_the_chroma_of_two_tones_is_theirs():
    both = np.sin(2 * np.pi * 130.81 * SECOND) + np.sin(2 * np.pi * 659.26 * SECOND)  # C3 and E5
    heard = spectrum.chroma(both)
    assert heard.sum() == pytest.approx(0, abs=1e-5) and sorted(np.argsort(heard)[-2:].tolist()) == [0, 4]
    assert heard[[0, 4]].sum() == pytest.approx(10, abs=1.2)  # six even shares each, less what leaks
    assert not spectrum.chroma(np.zeros(100)).any()
