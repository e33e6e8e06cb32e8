"""Numbers shared by all rooms."""

TICKS_PER_QUARTER = 10080
"""Resolution of time in a Piece: divisible by 2^5, 9, 5 and 7, so that 128ths and all usual tuplets are exact."""

DEFAULT_QPM = 120.0
DEFAULT_VELOCITY = 80
MIN_QPM = 20.0
MAX_QPM = 320.0

MAX_UPLOAD_BYTES = 5 * 1024 * 1024
MAX_NOTES = 20_000
MAX_SCORE_NOTES = 60_000
"""Notes read of a printed score, which is walked through quickly; of more, the first measures."""
MAX_QUARTERS = 8_000.0
"""About an hour at 120 quarters a minute."""

SAMPLE_RATE = 44_100
"""Hertz, of every WAV written."""
