"""Chords under music: guessed from a melody, heard in what sounds, or proposed without either; knows no style."""
