"""Likelihoods of piano rolls, a frame at a time: how they are counted, and models that only count."""
