"""Listen: a blind test of real and composed music."""

from musegen.ui import listen_page

listen_page.draw()
