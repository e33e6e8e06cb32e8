"""Addresses of the app besides its pages: sounds to play with and the recordings of pieces, by plain HTTP.

They come with headers that let a browser keep them, and need neither a session nor a run of the page's script.
"""

import json
import logging
import re
from collections.abc import Callable
from urllib.parse import quote

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from musegen.errors import CancelledError, MusegenError
from musegen.services.keeping import listing as kept
from musegen.services.sound.jazz_map import Asked, grid_pack, map_wav
from musegen.ui import live_loop
from musegen.ui.crowd import Crowd
from musegen.ui.installable import Installable, shell_file
from musegen.ui.owner import OwnerCookie, owner_in
from musegen.ui.program import program
from musegen.ui.safe_headers import SafeHeaders

_FOREVER = "public, max-age=31536000, immutable"
MAX_WISH_BYTES = 4_000
"""Of what a page may ask the live loop for."""

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_log = logging.getLogger(__name__)


def routes() -> list[Route]:
    """Return the routes for `streamlit.App`, below the path that the app itself is served under."""
    base = _path() + "musegen"
    return [
        Route(base + "/sound/index.json", _guarded(_index)),
        Route(base + "/sound/{version}/{file}.{format}.pack", _guarded(_pack)),
        Route(base + "/take/{key}.wav", _guarded(_wav)),
        Route(base + "/take/{key}.mid", _guarded(_midi)),
        Route(base + "/file/{key}/{format}", _guarded(_file)),
        Route(base + "/kept/{take_id}.json", _guarded(_kept)),
        Route(base + "/map.wav", _guarded(_map)),
        Route(base + "/map-grid/{net}.pack", _guarded(_grid)),
        Route(base + "/live", _live, methods=["POST"]),
        Route(base + "/{shell}", _guarded(_shell)),
        Route(base + "/{rest:path}", _guarded(_nothing)),
    ]


def middleware() -> list[Middleware]:
    """Return what `streamlit.App` does with every request: safe, is there room, who is it, can it be installed."""
    return [
        Middleware(SafeHeaders),
        Middleware(Crowd, path=_path()),
        Middleware(Installable, path=_path()),
        Middleware(OwnerCookie, path=_path()),
    ]


def _path() -> str:
    """Return the path that the app is served under: "/", or "/music/"."""
    inner = st.get_option("server.baseUrlPath").strip("/")
    return f"/{inner}/" if inner else "/"


def _guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return a route that says what is the matter in one sentence; it runs in a thread of its own."""

    def guarded(request: Request) -> Response:
        try:
            return answer(request)
        except MusegenError as error:
            return PlainTextResponse(str(error), 503)
        except Exception:  # a browser gets a sentence, the log what happened
            _log.exception("no answer for %s", request.url.path)
            return PlainTextResponse("This cannot be answered.", 500)

    return guarded


def _index(request: Request) -> Response:
    return JSONResponse(program().sounds.index(), headers={"Cache-Control": "no-cache"})


def _pack(request: Request) -> Response:
    parts = request.path_params
    data = program().sounds.pack(parts["version"], parts["file"], parts["format"])
    if data is None:
        return _nothing(request)
    # An audio type, since those are not compressed once more on the way.
    return Response(data, media_type="audio/x-musegen-pack", headers={"Cache-Control": _FOREVER})


def _wav(request: Request) -> Response:
    data = program().sounds.wav(request.path_params["key"])
    if data is None:
        return _nothing(request)
    headers = {"Cache-Control": "private, max-age=86400", "Accept-Ranges": "bytes"}
    wanted = request.headers.get("range")
    if not wanted:
        return Response(data, media_type="audio/wav", headers=headers)
    found = _RANGE.fullmatch(wanted.strip())
    first, last = (found[1], found[2]) if found else ("", "")
    if not first and not last:
        return PlainTextResponse("This part cannot be read.", 400)
    begin = int(first) if first else max(len(data) - int(last), 0)
    end = min(int(last), len(data) - 1) if first and last else len(data) - 1
    if begin >= len(data) or end < begin:
        return PlainTextResponse("There is no such part.", 416, {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {begin}-{end}/{len(data)}"
    return Response(data[begin : end + 1], 206, media_type="audio/wav", headers=headers)


def _midi(request: Request) -> Response:
    """Return a take's MIDI file, as it is dragged from its card into another program."""
    data = program().sounds.midi(request.path_params["key"])
    if data is None:
        return _nothing(request)
    return Response(data, media_type="audio/midi", headers={"Cache-Control": "private, max-age=86400"})


def _file(request: Request) -> Response:
    """Return a file of a take, under its own name."""
    file = program().files.file(request.path_params["key"], request.path_params["format"])
    if file is None:
        return _nothing(request)
    names = f"attachment; filename*=UTF-8''{quote(file.file_name)}"
    headers = {"Content-Disposition": names, "Cache-Control": "private, no-cache"}
    return Response(file.data, media_type=file.mime, headers=headers)


def _kept(request: Request) -> Response:
    """Return a kept take as the transport plays it; its id, which nobody can guess, is shown to its owner alone."""
    score = kept.kept_score(request.path_params["take_id"], program().sounds)
    if score is None:
        return _nothing(request)
    return JSONResponse(score, headers={"Cache-Control": "no-cache"})


async def _live(request: Request) -> Response:
    """Compose what a slider of a page was moved to and answer line by line; see `live_loop.answer`."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_WISH_BYTES:
            return PlainTextResponse("This is too long.", 413)
    try:
        wish = json.loads(body)
        number = int(wish["number"])
        token, changes = str(wish["token"]), dict(wish["changes"])
        desk, job = program().live.ask(token, owner_in(request.scope["headers"]), number, changes)
    except CancelledError:  # the run of the page's script sees to it
        return Response(status_code=204)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return PlainTextResponse("This cannot be read.", 400)
    # Events are not held back to be compressed.
    return StreamingResponse(live_loop.answer(desk, job, number), media_type="text/event-stream",
                             headers={"Cache-Control": "no-store"})  # fmt: skip


def _map(request: Request) -> Response:
    """Return how a point or a path of the jazz map sounds."""
    data = map_wav(Asked.of_query(dict(request.query_params)))
    return Response(data, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})


def _grid(request: Request) -> Response:
    """Return the sounds of a plane of the jazz map that were made in advance."""
    data = grid_pack(request.path_params["net"])
    return Response(data, media_type="audio/x-musegen-pack", headers={"Cache-Control": "private, max-age=3600"})


def _shell(request: Request) -> Response:
    """Return a file that lets telephones install the app."""
    found = shell_file(request.path_params["shell"], _path())
    if found is None:
        return _nothing(request)
    # The worker is for all of the app, above the folder that it lies in.
    return Response(found[0], media_type=found[1],
                    headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": _path()})  # fmt: skip


def _nothing(request: Request) -> Response:
    return PlainTextResponse("There is nothing here.", 404)
