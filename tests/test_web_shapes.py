"""What Python hands to the page has the shapes that web/score/shapes.js says, and no more."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from musegen.composers.request import Take
from musegen.music import Piece, Tempo, TimeSignature
from musegen.rendering import web_modules
from musegen.services.showing.stage import score_data
from musegen.ui import stage, why_panel
from tests.builders import piece, track

SHAPES_TEXT = web_modules.web_file("shapes").read_text(encoding="utf-8")
PLAIN = {"string": str, "number": (int, float), "boolean": bool}


def shapes():
    """The typedefs: {name: type} of rows, {name: {property: (type, whether it may be absent)}} of objects."""
    found = {}
    for block in re.findall(r"/\*\*(.*?)\*/", SHAPES_TEXT, re.S):
        kind, name = re.search(r"@typedef \{(.+)\} (\w+)", block).groups()
        if kind == "object":
            rows = re.findall(r"@property \{([^}]+)\} (\[?)(\w+)", block)
            kind = {word: (of, bool(optional)) for of, optional, word in rows}
        found[name] = kind
    return found


SHAPES = shapes()


def parts(text):
    """The parts of a type between commas that stand in no bracket."""
    depth, found = 0, [""]
    for sign in text:
        depth += (sign in "[<") - (sign in "]>")
        if sign == "," and not depth:
            found.append("")
        else:
            found[-1] += sign
    return [part.strip() for part in found]


def misfit(value, kind, where="it"):
    """What of a value is not as its type says; "" where all is."""
    if kind == "any":
        return ""
    if isinstance(kind, str) and kind.endswith("|null"):
        return "" if value is None else misfit(value, kind.removesuffix("|null"), where)
    if isinstance(kind, dict):
        wanted = {word for word, (_, optional) in kind.items() if not optional}
        if not isinstance(value, dict) or not wanted <= set(value) <= set(kind):
            return f"{where} has {sorted(value) if isinstance(value, dict) else value}, not {sorted(kind)}"
        return next(filter(None, (misfit(value[word], kind[word][0], f"{where}.{word}") for word in value)), "")
    if kind in PLAIN:
        fits = isinstance(value, PLAIN[kind]) and (kind == "boolean" or not isinstance(value, bool))
        return "" if fits else f"{where} is {value!r}, not a {kind}"
    if kind.endswith("[]"):
        rows = value if isinstance(value, list) else None
        if rows is None:
            return f"{where} is {value!r}, not a list"
        return next(filter(None, (misfit(row, kind[:-2], f"{where}[{i}]") for i, row in enumerate(rows))), "")
    if kind.startswith("["):
        inner = parts(kind[1:-1])
        if not isinstance(value, list) or len(value) != len(inner):
            return f"{where} is {value!r}, not {kind}"
        return next(filter(None, (misfit(v, k, where) for v, k in zip(value, inner, strict=True))), "")
    if kind.startswith("Object<"):
        _, inner = parts(kind[len("Object<") : -1])
        return next(filter(None, (misfit(v, inner, f"{where}.{k}") for k, v in value.items())), "")
    return misfit(value, SHAPES[kind], where)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("x", "number"), (True, "number"), ([1, 2], "[number, number, number]"), ([[1, "x"]], "[number, number][]"),
     ({"clock": []}, "ScoreSwing"), ({"clock": [], "moved": [], "more": 1}, "ScoreSwing"), (None, "string")],
)  # fmt: skip
def test_what_does_not_fit_is_found(value, kind):
    assert misfit(value, kind)


def test_scores_fit():
    swung = Piece(
        (track([(60, 0, 0.5), (62, 0.5, 0.5)], 40, name="Solo"), track([(36, 1, 1)], is_drum=True)),
        (Tempo(0, 150), Tempo(2, 90)), (TimeSignature(0, 4, 4),), swing=0.65,
    )  # fmt: skip
    score = score_data(swung)
    assert set(score) == set(SHAPES["Score"])  # the optional ones too
    assert misfit(score, "Score") == ""
    assert misfit(score_data(piece([(60, 0, 1)]), (frozenset({0}),)) | {"wav": "/x.wav"}, "Score") == ""


def test_what_the_stage_gets_fits(monkeypatch):
    shown = []
    monkeypatch.setattr(stage, "component", lambda name: lambda **given: shown.append(given["data"]))
    monkeypatch.setattr(stage, "program", lambda: SimpleNamespace(sounds=SimpleNamespace(offer=lambda music: "/a.wav")))
    monkeypatch.setattr(stage, "st", SimpleNamespace(session_state={"selection": {"from": 0, "to": 4}}))
    music = piece([(60, 0, 1), (64, 1, 2)])
    reason = SimpleNamespace(
        probability=0.25, surprise_bits=2.0, alternatives=(SimpleNamespace(pitch=62, name="D4", probability=0.5),)
    )
    why = {"notes": {"n0-1": why_panel._reason(music, 1, 64, reason)}}
    assert misfit(why, "Why") == ""
    assert misfit({"said": "No."}, "Why") == ""
    take = Take(music, 0, (frozenset({0}),), 1, 2.0, 3, -1.0, 1, "folk", "0" * 64)
    stage.show_stage(take, take, stage.Tools(why=why))
    stage.show_stage(take, take)
    assert [misfit(data, "StageData") for data in shown] == ["", ""]
    assert [set(data) for data in shown] == [set(SHAPES["StageData"])] * 2


def test_pedals_fit():
    score = score_data(piece(replace(track([(60, 0, 1)]), pedals=((0, 1),))))
    assert score["tracks"][0]["pedals"] == [[0, 1]]
    assert misfit(score, "Score") == ""
