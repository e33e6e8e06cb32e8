"""Compose: a seed, a style, two sliders, one button; below them the takes."""

from musegen.ui import compose_page

compose_page.draw()
