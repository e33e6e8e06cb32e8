"""Synthetic singers: melodies hummed, sung and whistled with all that makes humming hard, and what they meant to sing.

A voice is the sum of its harmonics under the formants of a vowel or a consonant (Peterson and Barney's means, rounded).
It has vibrato that sets in late, slow flutter, its own tuning that drifts, notes sung a little off, slides between
notes, scoops up to them, falls at the end of phrases, syllables (l, m, n, d, t, or none), breath, a room and noise.

Singer, Sung, random_singer, random_melody, sing.
"""

from dataclasses import dataclass, replace

import numpy as np

RATE = 22_050
_FORMANTS = {  # hertz and decibels
    "a": ((730, 0), (1150, -4), (2440, -22)),
    "o": ((500, 0), (870, -6), (2300, -30)),
    "u": ((320, 0), (800, -14), (2250, -36)),
    "i": ((300, 0), (2250, -20), (3000, -24)),
    "l": ((360, -6), (1200, -20), (2700, -34)),
    "m": ((250, -6), (1100, -28), (2100, -36)),
    "hum": ((250, 0), (1000, -24), (2100, -34)),
}
_BANDWIDTH = 90.0
_TILT = -9.0  # decibels an octave, of the larynx and the lips together


@dataclass(frozen=True)
class Singer:
    """How somebody sings; pitches in semitones, times in seconds.

    Args:
        syllable: "la", "ma", "da", "ta", "mm" (closed mouth, pulsed), "oo" (slurred), "whistle".
        vowel: key of `_FORMANTS`.
        low: lowest comfortable MIDI pitch.
        tuning: semitones sharp of concert pitch, and `drift` more at the end.
        vibrato: peak deviation, and its `rate` in hertz.
        scoops: share of the notes approached from below.
        sloppiness: standard deviation of the notes' pitch.
        snr_db: voice to noise over the notes, None for no noise.
        room: loudness of the room's reverberation in decibels, None for none.
    """

    syllable: str = "la"
    vowel: str = "a"
    low: int = 57
    tuning: float = 0.0
    drift: float = 0.0
    vibrato: float = 0.0
    rate: float = 5.5
    scoops: float = 0.0
    falls: float = 0.0
    glide: float = 0.06
    sloppiness: float = 0.0
    snr_db: float | None = None
    room: float | None = None


@dataclass(frozen=True)
class Sung:
    """A recording and what was meant: samples at `RATE`; notes as rows (onset, end, pitch), seconds and MIDI."""

    samples: np.ndarray
    notes: np.ndarray


def random_singer(random: np.random.Generator, snr_db: float | None = None) -> Singer:
    """Return a singer: a man, a woman, a child or a whistler."""
    syllable = str(random.choice(["la", "ma", "da", "ta", "mm", "mm", "oo", "whistle"]))
    vowel = {"mm": "hum", "oo": "u"}.get(syllable) or str(random.choice(["a", "o", "i", "u"]))
    low = 84 if syllable == "whistle" else int(random.choice([45, 48, 55, 57, 60]))
    return Singer(
        syllable,
        vowel,
        low,
        tuning=float(random.uniform(-0.35, 0.35)),
        drift=float(random.uniform(-0.12, 0.12)),
        vibrato=float(random.choice([0.0, 0.15, 0.35, 0.7])),
        rate=float(random.uniform(4.6, 6.6)),
        scoops=float(random.choice([0.0, 0.3, 0.6])),
        falls=0.3,
        glide=float(random.uniform(0.03, 0.12)),
        sloppiness=0.1,
        snr_db=snr_db,
        room=float(random.uniform(-22, -12)) if random.random() < 0.4 else None,
    )


def random_melody(random: np.random.Generator, low: int, num_notes: int = 24) -> list[tuple[float, float, int]]:
    """Return rows (onset, end, pitch), seconds and MIDI, of a tune in a key with repeated notes, leaps and breaths."""
    scale = np.array([0, 2, 4, 5, 7, 9, 11] if random.random() < 0.6 else [0, 2, 3, 5, 7, 8, 10])
    ladder = np.concatenate([scale + 12 * octave for octave in (0, 1)])[:11] + low
    quarter = 60 / random.uniform(72, 126)
    place, time, notes = int(random.integers(2, 8)), 0.35, []
    for index in range(num_notes):
        length = quarter * float(random.choice([0.5, 1.0, 1.5, 2.0], p=[0.42, 0.4, 0.08, 0.1]))
        notes.append((time, time + length, int(ladder[place])))
        time += length
        if index % 8 == 7:  # a breath
            notes[-1] = (notes[-1][0], time - 0.3 * min(quarter, length), notes[-1][2])
        step = int(random.choice([0, 1, -1, 2, -2, 4, -4], p=[0.16, 0.25, 0.25, 0.1, 0.1, 0.07, 0.07]))
        place = place + step if 0 <= place + step < len(ladder) else place - step
    return notes


def sing(notes: list[tuple[float, float, int]], singer: Singer, random: np.random.Generator) -> Sung:
    """Return the recording of a melody."""
    size = int((notes[-1][1] + 0.6) * RATE)
    time = np.arange(size) / RATE
    pitch = _pitch_curve(notes, singer, random, time)
    loudness, closed, breath = _articulation(notes, singer, random, time)
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE
    voice = _harmonics(pitch, phase, singer, closed) * loudness
    noise = random.standard_normal(size)
    voice += 0.15 * breath * np.convolve(noise, [1, -0.7], "same") * np.sqrt(np.mean(voice**2))
    if singer.room is not None:
        voice = _in_a_room(voice, singer.room, random)
    voice *= 0.25 / max(np.abs(voice).max(), 1e-9)
    if singer.snr_db is not None:
        voice = voice + _background(size, random) * np.sqrt(np.mean(voice**2)) * 10 ** (-singer.snr_db / 20)
    return Sung(voice.astype(np.float32), np.array(notes))


def _pitch_curve(notes, singer, random, time):
    pitch = np.full(len(time), float(notes[0][2]))
    aim = [note[2] + singer.sloppiness * float(random.standard_normal()) for note in notes]
    for index, (onset, end, _) in enumerate(notes):
        here = slice(int(onset * RATE), int(end * RATE) + 1)
        local = time[here] - onset
        scoop = random.uniform(0.7, 2.5) if random.random() < singer.scoops else 0.0
        length = random.uniform(0.02, 0.045)  # of the exponential: 60 to 140 ms until it is there
        tone = aim[index] - scoop * np.exp(-local / length)
        if singer.vibrato and end - onset > 0.25:
            wave = np.sin(2 * np.pi * singer.rate * local + random.uniform(0, 2 * np.pi))
            tone = tone + singer.vibrato * np.clip((local - 0.12) / 0.15, 0, 1) * wave
        rest = index + 1 == len(notes) or notes[index + 1][0] - end > 0.05
        if rest and random.random() < singer.falls:
            tone = tone - random.uniform(1, 3) * np.clip((local - (end - onset) + 0.09) / 0.09, 0, 1) ** 2
        pitch[here] = tone
        pitch[here.stop :] = aim[index]
    for before, after in zip(range(len(notes) - 1), range(1, len(notes)), strict=True):
        if notes[after][0] - notes[before][1] < 0.05:  # slide from one to the next, half of it after the onset
            width = singer.glide * (1.0 if singer.syllable in ("oo", "mm") else 0.6)
            middle = notes[after][0] - (0 if singer.syllable in ("oo", "mm") else 0.03)
            around = slice(int((middle - width) * RATE), int((middle + width) * RATE))
            blend = 1 / (1 + np.exp(-(time[around] - middle) / (width / 5)))
            level_before, level_after = pitch[around.start], pitch[around.stop]
            pitch[around] = level_before * (1 - blend) + level_after * blend
    flutter = np.convolve(random.standard_normal(len(time) // 1000 + 12), np.hanning(5), "same")
    slow = np.interp(time, np.arange(len(flutter)) * 1000 / RATE, flutter)
    return pitch + 0.06 * slow + singer.tuning + singer.drift * time / time[-1]


def _articulation(notes, singer, random, time):
    """Return loudness, how far the mouth is closed (0 to 1) and breath noise over time."""
    loudness, closed, breath = np.zeros(len(time)), np.zeros(len(time)), np.zeros(len(time))
    for index, (onset, end, pitch) in enumerate(notes):
        strength = random.uniform(0.65, 1.0)
        connected = index + 1 < len(notes) and notes[index + 1][0] - end < 0.05
        fade = 0.012 if connected else 0.06
        shape = np.clip((time - onset) / 0.03 + 0.5, 0, 1) * np.clip((end - time) / fade + 0.5, 0, 1)
        loudness = np.maximum(loudness, strength * shape)
        follows = index > 0 and onset - notes[index - 1][1] < 0.05
        repeated = follows and notes[index - 1][2] == pitch

        def at(start, stop, onset=onset):
            return slice(max(int((onset + start) * RATE), 0), max(int((onset + stop) * RATE), 1))

        if singer.syllable in ("la", "ma"):
            length = random.uniform(0.05, 0.09)
            closed[at(-length, 0.01)] = 1
            loudness[at(-length, 0.0)] = 0.8 * strength
        elif singer.syllable == "da":
            length = random.uniform(0.03, 0.06)
            closed[at(-length, 0)] = 1
            loudness[at(-length, 0)] = 0.12
            breath[at(-0.012, 0.004)] = 1.0
        elif singer.syllable == "ta":
            length = random.uniform(0.05, 0.09)
            loudness[at(-length, -0.01)] = 0
            breath[at(-0.04, -0.005)] = 1.0
        elif follows and (repeated or singer.syllable == "whistle" or random.random() < 0.5):
            width, depth = random.uniform(0.03, 0.045), random.uniform(0.6, 0.9)
            dip = 1 - depth * np.exp(-(((time - onset + 0.025) / width) ** 2))
            loudness *= dip
    kernel = np.hanning(int(0.025 * RATE))
    kernel /= kernel.sum()
    loudness, closed = (np.convolve(curve, kernel, "same") for curve in (loudness, closed))
    return loudness, closed, np.convolve(breath, kernel[::3] / kernel[::3].sum(), "same")


def _harmonics(pitch, phase, singer, closed):
    step = 110  # the spectrum is worked out every 5 ms
    grid = np.arange(0, len(pitch), step)
    hertz = 440 * 2 ** ((pitch[grid] - 69) / 12)
    mouth = "l" if singer.syllable == "la" else "m"
    voice = np.zeros(len(pitch))
    if singer.syllable == "whistle":
        return np.sin(phase) + 0.03 * np.sin(2 * phase)
    samples = np.arange(len(pitch))
    for number in range(1, 61):
        frequency = number * hertz
        if frequency.min() > 8000:
            break
        open_db, closed_db = _envelope(frequency, singer.vowel), _envelope(frequency, mouth)
        share = closed[grid]
        level = 10 ** ((open_db * (1 - share) + closed_db * share + _TILT * np.log2(number)) / 20)
        level[frequency > 9000] = 0
        voice += np.interp(samples, grid, level) * np.sin(number * phase + number * number)
    return voice


def _envelope(hertz, sound):
    peaks = [db - 10 * np.log10(1 + ((hertz - centre) / _BANDWIDTH) ** 2) for centre, db in _FORMANTS[sound]]
    return 10 * np.log10(sum(10 ** (peak / 10) for peak in peaks) + 1e-5)


def _in_a_room(voice, level_db, random):
    tail = random.standard_normal(int(0.35 * RATE)) * np.exp(-np.arange(int(0.35 * RATE)) / (0.06 * RATE))
    tail[: int(0.004 * RATE)] = 0
    size = 1 << (len(voice) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(tail, size), size)[: len(voice)]
    return voice + wet * np.sqrt(np.mean(voice**2) / max(np.mean(wet**2), 1e-12)) * 10 ** (level_db / 20)


def _background(size, random):
    """Return a room's noise of mean square 1: half hiss, half deeper, with mains hum."""
    white = random.standard_normal(size)
    spectrum = np.fft.rfft(random.standard_normal(size))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 20)), size)
    mains = sum(np.sin(2 * np.pi * 50 * k * np.arange(size) / RATE) / k for k in (1, 2, 3))
    noise = white / white.std() + pink / pink.std() + 0.3 * mains
    return noise / noise.std()


def with_noise(singer: Singer, snr_db: float | None) -> Singer:
    """Return the same singer among other noise."""
    return replace(singer, snr_db=snr_db)
