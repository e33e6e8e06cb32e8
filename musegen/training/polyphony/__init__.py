"""Fitting and measuring the networks of the polyphonic benchmark."""
