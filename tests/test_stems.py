"""Stems: one length, together the whole, and everything but each."""

import io
import wave
import zipfile

import numpy as np
import pytest

from musegen.errors import RenderingError
from musegen.music import Note, Piece, Track
from musegen.rendering.audio import render_audio
from musegen.rendering.stems import MAX_TRACKS, stem_samples, stems_zip
from musegen.services.showing.downloads import ending, file_bytes

DUO = Piece(
    (Track((Note(0, 72, 1), Note(1, 74, 1)), 73, name="Flute 1"), Track((Note(0, 48, 4),), 42, name="Cello"),
     Track((), 0, name="Silent")),
)  # fmt: skip


def test_stems_are_of_one_length_and_are_together_the_whole():
    stems = stem_samples(DUO)
    assert len(stems) == 2 and len({len(stem) for stem in stems}) == 1
    assert all(np.abs(stem).max() > 1000 for stem in stems)
    whole, summed = render_audio(DUO).astype(float), sum(stem.astype(float) for stem in stems)
    summed = summed[: len(whole)] * np.abs(whole).max() / np.abs(summed).max()
    assert np.corrcoef(whole[:, 0], summed[:, 0])[0, 1] > 0.99


def wave_frames(data):
    with wave.open(io.BytesIO(data)) as file:
        return file.readframes(file.getnframes())


def test_the_archive_has_each_track_and_everything_but_it():
    archive = zipfile.ZipFile(io.BytesIO(stems_zip(DUO)))
    names = {"01-Flute-1.wav", "02-Cello.wav", "without/01-Flute-1.wav", "without/02-Cello.wav"}
    assert set(archive.namelist()) == names
    frames = {name: wave_frames(archive.read(name)) for name in names}
    assert len({len(content) for content in frames.values()}) == 1
    assert frames["without/01-Flute-1.wav"] == frames["02-Cello.wav"]
    assert ending("stems") == "-stems.zip"


def test_too_many_tracks_are_one_sentence():
    tracks = tuple(Track((Note(0, 60),), name=str(i)) for i in range(MAX_TRACKS + 1))
    with pytest.raises(RenderingError, match="at most 24"):
        stems_zip(Piece(tracks))


@pytest.mark.parametrize(("file_format", "head"), [("ogg", b"OggS"), ("mp3", (b"ID3", b"\xff\xfb", b"\xff\xf3"))])
def test_sound_in_smaller_formats(file_format, head):
    assert file_bytes(DUO, file_format).startswith(head)
