"""Keeping takes: the library."""
