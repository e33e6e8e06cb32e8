"""Raw sound: a second of sound, played on sample by sample."""

from musegen.ui import raw_audio_page

raw_audio_page.draw()
