"""Tunes of one voice: folk tunes."""
