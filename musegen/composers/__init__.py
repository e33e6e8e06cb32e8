"""Composers: each way of composing is a package with one door."""
