"""Chorales: four voices on a grid of sixteenths."""
