"""The network of sound in Keras and in numpy, and the corpus that it learns from."""

import os
from pathlib import Path

import numpy as np
import pytest

from musegen.music import Note, Piece, Tempo, Track
from musegen.music.chord import Chord
from musegen.sound.coder import SLOW, Coder, CoderConfig, slowed
from musegen.sound.components import Components
from musegen.sound.spectrum import BANDS, CLIP_SAMPLES, FRAMES, SAMPLE_RATE
from musegen.training.sound.corpus import QUALITIES, clips_of
from musegen.training.sound.pieces import INSTRUMENTS, Played, played_solos

DATA = Path(os.environ.get("MUSEGEN_DATA", "/nonexistent")) / "weimar-jazz" / "meta.csv.gz"

SMALL = CoderConfig(latent=3, told=12, channels=(8, 12), hidden=16, squeeze=4)


def test_numpy_plays_the_network_that_keras_trains(tmp_path):
    from musegen.networks.sound_vae import SoundVae

    random = np.random.default_rng(0)
    network = SoundVae(SMALL)
    for variable in network.weights().values():
        variable.assign(np.asarray(variable.value) + 0.1 * random.normal(size=variable.shape))
    drawn, told = random.normal(size=(2, FRAMES, BANDS)).astype("float32"), random.random((2, 12)).astype("float32")
    place, spread = (np.asarray(x) for x in network.encoder.predict_on_batch([drawn, told]))
    imagined = np.asarray(network.decoder.predict_on_batch([place, told]))
    mean, scale = random.normal(size=BANDS).astype("float32"), np.float32(7.0)
    network.save(tmp_path / "net.npz", mean=mean, scale=scale)
    with np.load(tmp_path / "net.npz") as stored:
        coder = Coder(SMALL, dict(stored))
    found, width = coder.encode(drawn * scale + mean, told)
    assert np.allclose(found, place, atol=1e-3) and np.allclose(width, np.exp(spread / 2), atol=1e-3)
    assert np.allclose(coder.decode(place, told), imagined * scale + mean, atol=1e-2)
    assert np.abs(imagined).mean() > 0.05
    network.load(tmp_path / "net.npz")
    assert np.allclose(np.asarray(network.encoder.predict_on_batch([drawn, told])[0]), place)


def test_numpy_plays_the_network_over_components_that_keras_trains(tmp_path):
    from musegen.networks.sound_components import ComponentsVae

    random = np.random.default_rng(0)
    config = CoderConfig(latent=2, told=12, channels=(), hidden=16, components=5)
    rows = random.normal(size=(9, FRAMES // SLOW * BANDS)).astype("float32")
    found = Components(rows)
    basis, spreads = found.basis(5), found.spreads(5)
    assert np.allclose(basis @ basis.T, np.eye(5), atol=1e-4) and (np.diff(spreads) < 0).all()
    assert np.allclose(((rows - found.mean) @ basis.T).std(axis=0), spreads, rtol=1e-3)
    network = ComponentsVae(config, spreads, 1.0, 0.1)
    drawn, told = random.normal(size=(3, FRAMES, BANDS)).astype("float32"), random.random((3, 12)).astype("float32")
    seen = ((slowed(drawn) - found.mean) @ basis.T).astype("float32")
    begun = np.asarray(network.encoder([seen, told])[0])
    assert np.allclose(begun, seen[:, :2] / spreads[:2], atol=0.05)  # it begins as principal components
    for model in (network.encoder, network.decoder):
        for variable in model.weights:
            variable.assign(np.asarray(variable.value) + 0.3 * random.normal(size=variable.shape))
    place, spread = (np.asarray(x) for x in network.encoder([seen, told]))
    slow = np.asarray(network.decoder([place, told])) @ basis + found.mean
    mean, scale = random.normal(size=BANDS).astype("float32"), np.float32(7.0)
    fixed = {"components/kernel": basis.T, "components/mean": found.mean, "components/spread": spreads}
    network.save(tmp_path / "net.npz", mean=mean, scale=scale, **fixed)
    with np.load(tmp_path / "net.npz") as stored:
        coder = Coder(config, dict(stored))
    found_place, width = coder.encode(drawn * scale + mean, told)
    assert np.allclose(found_place, place, atol=1e-3) and np.allclose(width, np.exp(spread / 2), rtol=1e-3)
    wanted = np.repeat(slow.reshape(3, -1, BANDS), SLOW, axis=1) * scale + mean
    assert np.allclose(coder.decode(place, told), wanted, atol=1e-2)


def test_another_clip_of_the_same_solo_is_seen_for_a_share_of_them():
    from musegen.training.sound.fit_components import mates

    solos = np.array([0, 0, 0, 4, 4, 7])
    random = np.random.default_rng(0)
    numbers = np.tile(np.arange(6), 400)
    seen = mates(solos, 1.0, numbers, random)
    assert (solos[seen] == solos[numbers]).all()
    assert np.bincount(seen[numbers == 1], minlength=6)[:3].min() > 90 and (seen[numbers == 5] == 5).all()
    assert (mates(solos, 0.0, numbers, random) == numbers).all()


def test_a_network_that_is_told_something_wants_to_be_told():
    weights = {"mean": np.zeros(BANDS), "scale": np.ones(())}
    with pytest.raises(ValueError, match="missing"):
        Coder(SMALL, weights)
    with pytest.raises(ValueError, match="halvings"):
        CoderConfig(channels=(8,) * 7)


def test_labels_of_a_clip_are_those_of_its_notes():
    qpm = 120.0  # a bar lasts two seconds, a clip 3.072 s: 6.144 quarters
    solo = Track((Note(0, 60, 4, 90), Note(4, 72, 2.144, 90), Note(12, 65, 4, 90)), 66)
    bass = Track((Note(0, 36, 16, 90),), 32)
    drums = Track((Note(0, 47, 16, 90),), 0, True)
    chords = (Chord(0, "maj7"),) * 4 + (Chord(7, "7"),) * 12
    played = Played("x", "valid", 5, qpm, chords, Piece((solo, bass, drums), tempos=(Tempo(0, qpm),)))
    clips = clips_of(played, 8 * SAMPLE_RATE + 10, 3)
    assert clips["bar"].tolist() == [0, 1, 2]  # in the last bar no clip is whole
    assert clips["start"].tolist() == [0, 32_000, 64_000] and clips["apart"].tolist() == [True, False, True]
    first = clips[0]
    assert first["pitch"] == pytest.approx((60 * 4 + 72 * 2.144) / 6.144) and first["qpm"] == qpm
    assert QUALITIES[first["quality"]] == "major" and QUALITIES[clips[1]["quality"]] == "dominant"
    assert (first["split"], first["instrument"], first["solo"]) == (1, 5, 3)
    assert first["chroma"] == pytest.approx([1, *[0] * 11])
    assert clips[2]["chroma"][5] == pytest.approx(2.144 / (2.144 + 6.144), rel=1e-3)
    assert clips["start"][-1] + CLIP_SAMPLES <= 8 * SAMPLE_RATE + 10


@pytest.mark.skipif(not DATA.exists(), reason="needs MUSEGEN_DATA with weimar-jazz")
def test_real_solos_are_played_over_a_band_in_the_register_of_their_instrument():
    played = list(played_solos(8))
    assert len({one.instrument for one in played}) == len(played)
    for one in played:
        solo, *band = one.piece.tracks
        name, program, centre = INSTRUMENTS[one.instrument]
        assert (solo.name, solo.program) == (name, program) and [t.name for t in band] == ["Bass", "Piano", "Drums"]
        assert abs(np.median([note.pitch for note in solo.notes]) - centre) <= 6.5
        assert all(note.onset_quarter < len(one.chords) for note in solo.notes)
    again = list(played_solos(8))
    assert [one.piece for one in again] == [one.piece for one in played]
