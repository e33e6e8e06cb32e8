"""Musegen: compose, hear, see and keep music made by recurrent networks."""

__version__ = "0.1.0"
