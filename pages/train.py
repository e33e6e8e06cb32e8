"""Train: a style from a musician's own files."""

from musegen.ui import train_page

train_page.draw()
