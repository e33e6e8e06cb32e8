"""Class: the address for telephones, tables set by a link, and what was handed in."""

from musegen.ui import classroom_page

classroom_page.draw()
