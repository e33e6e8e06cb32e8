"""POP909 has one split for both of its readers: no artist and no work is on two sides."""

import pytest

from musegen.corpora import pop909
from musegen.corpora.pop909 import read_pop_songs, works_of_pop


def row(song, artist, work):
    return {"id": song, "title": song, "artist": artist, "work": work, "bpm": 90, "beats_per_bar": 4, "downbeats": [0],
            "key": [[0, "C:maj"]], "chords": [], "melody": [[0, 12, 60, 80]], "bridge": [], "piano": []}  # fmt: skip


@pytest.fixture
def songs(monkeypatch):
    rows = [row(f"{n:03d}", f"artist {n}", f"work {n}") for n in range(100, 160)]
    rows += [
        row("160", "artist 100", "work 101"),
        row("161", "artist 160", "work 102"),
        row("162", "artist 160", "new"),
    ]
    monkeypatch.setattr(pop909, "rows_of_pop", lambda: tuple(rows))
    return rows


def test_songs_that_share_an_artist_or_a_work_are_one_work(songs):
    works = works_of_pop()
    assert works["100"] == works["101"] == works["160"]  # by an artist, and by a work
    assert works["102"] == works["161"] == works["162"]  # over a third song
    assert len({works[song["id"]] for song in songs}) == 60 - 1


def test_each_song_is_in_one_split_beside_those_of_its_work(songs):
    works = works_of_pop()
    sides = {split: {song.song_id for song in read_pop_songs(split)} for split in ("train", "valid", "test")}
    assert set().union(*sides.values()) == {song["id"] for song in songs}
    assert sum(map(len, sides.values())) == len(songs) and all(sides.values())
    groups = {split: {works[song] for song in found} for split, found in sides.items()}
    assert not groups["train"] & groups["valid"] and not (groups["train"] | groups["valid"]) & groups["test"]
