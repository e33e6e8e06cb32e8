"""A take as one HTML file that plays anywhere: html_page.

Sheet, sound and cursor are in the file itself; it needs no server and no network, which its content security policy
says to the browser too. To send, to embed in a school's page, to keep.
"""

import base64
import html
import json

from musegen.music import Piece
from musegen.rendering.web_modules import bundle, web_file

WIDTHS = (400.0, 1000.0)
"""Widths that the sheet is engraved for, CSS pixels: a telephone and the rest; shown as wide as there is room."""

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; media-src blob: data:; "
    "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<h1>{title}</h1>
<main><noscript>This page plays its music with JavaScript, which is off in this browser.</noscript></main>
<footer>{about}</footer>
<script type="application/json" id="take">{data}</script>
<script>
"use strict";
(() => {{
{code}
}})().openTake();
</script>
</body>
</html>
"""


def html_page(piece: Piece, about: str = "") -> str:
    """Return a page of the music that holds all it needs: sheet, recording (MP3) and cursor.

    Args:
        piece: the music, at least one note.
        about: a line below the sheet, such as what may be done with the music; plain text.

    Raises:
        RenderingError: sound or sheet cannot be made.
    """
    from musegen.rendering.audio import audio_bytes
    from musegen.rendering.engraving import Sheet, engrave
    from musegen.services.showing.stage import score_data

    take = {
        "score": score_data(piece),
        "sheets": [[width, list(engrave(piece, sheet=Sheet(width=width, title=False)).pages)] for width in WIDTHS],
        "sound": base64.b64encode(audio_bytes(piece, "mp3")).decode("ascii"),
        "type": "audio/mpeg",
    }
    # "<" would let a title or a name of a track end the script that holds it.
    data = json.dumps(take, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(piece.title or "Music"),
        css=web_file("take_file", "css").read_text(encoding="utf-8"),
        about=html.escape(about),
        data=data,
        code=bundle("take_file", exports=True),
    )
