"""The band: walking bass, comping, drums, groove, and chords guessed from melodies; knows no request."""
