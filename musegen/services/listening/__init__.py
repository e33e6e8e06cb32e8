"""Blind listening tests: what is heard, by whom in which order, and what was found."""
