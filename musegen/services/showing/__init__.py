"""Showing takes: stage, sounds, downloads."""
