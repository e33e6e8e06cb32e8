"""Start: for everybody, one big button that makes a piece."""

from musegen.ui import demo_page

demo_page.draw()
