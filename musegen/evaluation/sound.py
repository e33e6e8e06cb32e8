"""How near a sound is to another, and what is read from where clips lie: log-spectral distance, mel cepstra, probes."""

import numpy as np

from musegen.sound.spectrum import picture, stft, to_db

CEPSTRA = 13
"""Mel cepstra compared, the loudness left out."""


def log_spectral_distance(magnitude: np.ndarray, other: np.ndarray) -> float:
    """Return the mean over frames of the root mean square difference of spectra in decibels (Gray and Markel 1976).

    Args:
        magnitude: shape (T, BINS); both are cut at the floor of `spectrum.to_db`.
        other: shape (T, BINS).
    """
    return float(np.sqrt(np.mean((to_db(magnitude) - to_db(other)) ** 2, axis=1)).mean())


def mel_cepstral_distortion(drawn: np.ndarray, other: np.ndarray) -> float:
    """Return the mel cepstral distortion of log-mel pictures in decibels (Kubichek 1993), frames as they stand.

    Args:
        drawn: decibels, shape (T, BANDS).
        other: decibels, shape (T, BANDS).
    """
    bands = drawn.shape[1]
    orders, places = np.arange(1, CEPSTRA + 1)[:, None], np.arange(bands) + 0.5
    nats = (drawn - other) * (np.log(10) / 10)  # of power, whose logarithm is c0 + 2 sum c_k cos
    cepstra = nats @ np.cos(np.pi * orders * places / bands).T / bands
    return float((10 / np.log(10) * np.sqrt(2 * (cepstra**2).sum(axis=1))).mean())


def sound_distances(sound: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """Return (log-spectral distance, mel cepstral distortion) of two sounds of one length, in decibels."""
    spectra = [np.abs(stft(samples)) for samples in (sound, real)]
    return log_spectral_distance(*spectra), mel_cepstral_distortion(*map(picture, spectra))


def sharpness(drawn: np.ndarray) -> float:
    """Return how a log-mel picture stands out of its neighbourhood: the mean step from band to band, in decibels."""
    return float(np.abs(np.diff(drawn, axis=1)).mean())


def read_class(places: np.ndarray, labels: np.ndarray, others: np.ndarray, wanted: np.ndarray) -> float:
    """Return the share of clips whose class a linear probe (multinomial logistic) reads from where they lie.

    Args:
        places: to learn from, shape (N, Z).
        labels: integers, shape (N,).
        others: to read, shape (M, Z).
        wanted: what should be read, shape (M,).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(places, labels)
    return float((probe.predict(others) == wanted).mean())


def read_number(places: np.ndarray, values: np.ndarray, others: np.ndarray, wanted: np.ndarray) -> float:
    """Return the share of the variance of a number (R squared) that a linear probe reads from where clips lie.

    Args:
        places: to learn from, shape (N, Z).
        values: shape (N,).
        others: to read, shape (M, Z).
        wanted: shape (M,).
    """
    table = np.column_stack([places, np.ones(len(places))])
    weights = np.linalg.lstsq(table, values, rcond=None)[0]
    left = wanted - np.column_stack([others, np.ones(len(others))]) @ weights
    return float(1 - (left**2).mean() / np.var(wanted))
