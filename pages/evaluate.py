"""Evaluate: what styles compose, or files, measured beside real music."""

from musegen.ui import evaluate_page

evaluate_page.draw()
