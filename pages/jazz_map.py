"""Jazz map: a plane of jazz sound that is walked with a finger."""

from musegen.ui import jazz_map_page

jazz_map_page.draw()
