"""Solos: an improvised line over chords, with a band."""
