"""Musegen: compose, hear, see and keep music made by recurrent networks."""

import os

# Read once, when numpy is loaded: the products of our networks are small, and threads of theirs wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
