"""Benchmark: networks measured as papers measure theirs, and what the figures sound like."""

from musegen.ui import benchmark_page

benchmark_page.draw()
