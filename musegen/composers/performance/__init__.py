"""Performances: a pianist's notes, loudness and pedal in milliseconds."""
