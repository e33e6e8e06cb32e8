"""Takes: what was kept, to hear, find, compare, go on with and hand on."""

from musegen.ui import takes_page

takes_page.draw()
