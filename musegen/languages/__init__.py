"""What is said to a musician, in their language: sentences as data, one catalogue a language, names of notes.

Rooms below say `message("{count:# note|# notes} left out.", count=3)`; the edges (`ui`, `cli`) word it in a language.
"""

from musegen.languages.catalogue import ENGLISH, LANGUAGES, Language, language
from musegen.languages.message import Message, message, msgid, together, told
from musegen.languages.note_names import NAMINGS, KeyName, NoteName

__all__ = [
    "ENGLISH", "LANGUAGES", "NAMINGS", "KeyName", "Language", "Message", "NoteName", "language", "message", "msgid",
    "together", "told",
]  # fmt: skip
