"""Judging music: likelihood, reasons, measures."""
