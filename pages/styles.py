"""Styles: what each one is, what it has learned from, and how well."""

from musegen.ui import styles_page

styles_page.draw()
