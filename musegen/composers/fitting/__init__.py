"""Fitting a seed to what a style can hold: keys, lengths, octaves, ranges."""
