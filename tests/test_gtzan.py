"""GTZAN, for who has it: a tiny one of its layout, as archive and as folder, cut into clips and learned from."""

import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from musegen.corpora import base, get_dataset, gtzan
from musegen.errors import DatasetError
from musegen.sound.spectrum import BANDS, CLIP_SAMPLES, FRAMES, SAMPLE_RATE
from musegen.training.sound.corpus import gtzan_folder, load_sound
from musegen.training.sound.pictures import load_pictures

RATE, SECONDS = 22_050, 7


def tone(hertz, form="AU"):
    """Return a file as those of GTZAN: 16 bits, mono, 22,050 hertz."""
    file = io.BytesIO()
    samples = 0.4 * np.sin(2 * np.pi * hertz * np.arange(RATE * SECONDS) / RATE)
    soundfile.write(file, samples, RATE, format=form, subtype="PCM_16")
    return file.getvalue()


FILES = {
    "genres/blues/blues.00000.au": tone(50), "genres/jazz/jazz.00003.au": tone(440),
    "genres/jazz/jazz.00054.au": b"damaged", "genres/jazz/jazz.00071.au": tone(220),
    "genres/jazz/jazz.00099.au": tone(110), "genres/jazz/readme.txt": b"not music",
}  # fmt: skip


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUSEGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "data" / "gtzan"


def archived(folder):
    """Write the archive, and have its checksum be the one that is expected."""
    folder.mkdir(parents=True)
    with tarfile.open(folder / "genres.tar.gz", "w:gz") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return hashlib.sha256((folder / "genres.tar.gz").read_bytes()).hexdigest()


def unpacked(folder, root="genres", ending="au"):
    for name, content in FILES.items():
        path = folder / name.replace("genres", root, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(f".{ending}").write_bytes(content)


def test_the_archive_is_read_and_only_the_published_one(data, monkeypatch, caplog):
    sha256 = archived(data)
    with pytest.raises(DatasetError, match="not the one expected"):
        list(gtzan.read_jazz())
    published = replace(gtzan.GTZAN, files=(replace(gtzan.GTZAN.files[0], sha256=sha256),))
    monkeypatch.setattr(gtzan, "GTZAN", published)
    read = list(gtzan.read_jazz())
    assert [number for number, _ in read] == [3, 71, 99] and "jazz.00054.au is left out" in caplog.text
    assert all(clip.sample_rate == RATE and clip.duration_sec == SECONDS for _, clip in read)
    assert read[0][1].peak == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize(("root", "ending"), [("genres", "au"), ("genres_original", "wav")])
def test_what_came_out_of_it_is_read(data, root, ending):
    unpacked(data, root, ending)
    assert [number for number, _ in gtzan.read_jazz()] == [3, 71, 99]


def test_it_is_never_fetched(data, monkeypatch):
    monkeypatch.setattr(base.urllib.request, "urlopen", lambda *_, **__: pytest.fail("it was fetched"))
    with pytest.raises(DatasetError, match="published at http.*genres.tar.gz.*MUSEGEN_DATA"):
        list(gtzan.read_jazz())


def test_its_clips_are_learned_from(data):
    unpacked(data)
    pictures = load_pictures(gtzan_folder())
    clips = pictures.clips
    assert pictures.sound.names == ("jazz.00003", "jazz.00071", "jazz.00099")
    assert len(clips) == 3 * (SECONDS * SAMPLE_RATE // CLIP_SAMPLES) and clips["split"].tolist() == [0, 0, 1, 1, 2, 2]
    assert pictures.drawn.shape == (6, FRAMES, BANDS) and np.isfinite(pictures.batch(np.arange(6))).all()
    assert pictures.sound.clip(2) == pytest.approx(load_sound(gtzan_folder()).samples[112_000:161_152] / 32768)
    spectrum = np.abs(np.fft.rfft(pictures.sound.clip(2)))
    assert spectrum.argmax() * SAMPLE_RATE / CLIP_SAMPLES == pytest.approx(220, abs=1)


def test_nothing_shipped_has_heard_it():
    dataset = get_dataset("gtzan")
    assert "Not shipped" in dataset.licence and dataset.files[0].num_bytes > 1e9
