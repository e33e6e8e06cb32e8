"""Keras networks that read and write piano rolls, frame by frame; free of any backend's own functions."""
