"""What is said to the musician is data: a code and values; the words of all codes stand in one place."""

import ast
import pickle
import string
from pathlib import Path

import numpy as np
import pytest

from musegen.composers.fitting.length import about_sections, fit_primer
from musegen.languages.message import worded
from musegen.remarks import Remark, code_of, remark
from musegen.remarks.words import TERMS, WORDS
from tests.builders import piece

SAMPLES = {"key": (9, "minor"), "meter": (6, 8), "pitch": 60, "quarters": 1.5, "list": ("A", "B"), "quoted": ("A", "B"),
           "mood": "calmer", "place": (3, 4), "source": ""}  # fmt: skip


def fields_of(template):
    """The names of a template's values and what follows the colon."""
    return {name: spec for _, name, spec, _ in string.Formatter().parse(template) if name is not None}


def test_a_remark_is_its_sentence_and_knows_what_it_is_about():
    said = remark("key_moved", own=(2, "major"), wanted=(7, "major"))
    assert said == "Your music was moved from D major to G major."
    assert (said.code, said.values) == ("key_moved", {"own": (2, "major"), "wanted": (7, "major")})
    again = pickle.loads(pickle.dumps(said))
    assert again == said and (again.code, again.values) == (said.code, said.values)
    assert code_of(said) == "key_moved" and code_of("a plain sentence") == ""


def test_a_code_that_is_not_there_or_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        remark("nothing")
    with pytest.raises(KeyError):
        remark("key_moved", own=(2, "major"))


def test_values_are_plain_data():
    said = remark("instruments_play_on", names=["Viola", "Cello"])
    assert said.values == {"names": ("Viola", "Cello")}
    counted = remark("moved_far", count=np.int64(2)).values["count"]
    assert (counted, type(counted)) == (2, int)
    with pytest.raises(TypeError, match="not PosixPath|not WindowsPath"):
        remark("instruments_play_on", names=(Path("viola"),))


@pytest.mark.parametrize(
    ("template", "values", "sentence"),
    [
        ("{count:# note was|# notes were} moved.", {"count": 1}, "1 note was moved."),
        ("{count:# note was|# notes were} moved.", {"count": 1200}, "1200 notes were moved."),
        ("{count:## note|## notes} {count:was|were} lost.", {"count": 1}, "One note was lost."),
        ("{count:## note|## notes} {count:was|were} lost.", {"count": 12}, "Twelve notes were lost."),
        ("It changed {count:no notes|# note|# notes}.", {"count": 0}, "It changed no notes."),
        ("At {a:place}, {b:place}, {c:place}.", {"a": (3, 3), "b": (3, 4), "c": 80},
         "At bar 3, bars 3 to 4, at about 1:20."),
        ("{count:## note|## notes} lost.", {"count": 13}, "13 notes lost."),
        ("In {key:key} and {meter:meter}, to {low:pitch}.", {"key": (6, "minor"), "meter": (6, 8), "low": 61},
         "In F# minor and 6/8, to C#4."),
        ("A pickup of {length:quarters}.", {"length": 0.75}, "A pickup of a dotted eighth."),
        ("A pickup of {length:quarters}.", {"length": 1.25}, "A pickup of 1.25 quarters."),
        ("{names:list}; {names:quoted}.", {"names": ("A",)}, 'A; "A".'),
        ("{names:list}; {names:quoted}.", {"names": (1, 2, 4)}, '1, 2 and 4; "1", "2", "4".'),
        ("{most:,} notes in {seconds:.0f} s.", {"most": 5000, "seconds": 2.6}, "5,000 notes in 3 s."),
    ],
)  # fmt: skip
def test_words_are_made_of_values(template, values, sentence):
    assert worded(template, values, terms=TERMS) == sentence


@pytest.mark.parametrize("code", WORDS)
def test_every_sentence_is_one_for_one_and_for_many(code):
    for number in (1, 2):
        values = {name: SAMPLES.get(spec, number) for name, spec in fields_of(WORDS[code]).items()}
        said = remark(code, **values)
        assert said[0].isupper() or said[0].isdigit() or said[0] == '"'
        assert said.endswith(".") and "  " not in said and "{" not in said and "#" not in said


# ------------------------------------------------------------------------------------------- where they are said


def uses():
    """(where, codes, names of values or None where they are passed on) of every remark that the program makes."""
    found = []
    for path in sorted(Path("musegen").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assigned = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "remark":
                codes = [code for value in meant(node.args[0], assigned) for code in constants(value)]
                found.append((f"{path}:{node.lineno}", codes, given(node, assigned)))
    return found


def meant(value, assigned):
    """What a name was assigned, what a table holds; else the expression itself."""
    if isinstance(value, ast.Subscript):
        return [each for table in assigned[value.value.id] for each in table.values]
    return assigned[value.id] if isinstance(value, ast.Name) else [value]


def constants(value):
    branches = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    return [branch.value for branch in branches if isinstance(branch, ast.Constant)]


def given(call, assigned):
    names = set()
    for keyword in call.keywords:
        if keyword.arg:
            names.add(keyword.arg)
            continue
        if not isinstance(keyword.value, ast.Name):
            return None
        for table in assigned[keyword.value.id]:
            if isinstance(table, ast.Dict):
                names |= {key.value for key in table.keys}
    return names


@pytest.mark.parametrize(("where", "codes", "names"), uses(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_said_is_in_the_catalogue_and_gives_its_values(where, codes, names):
    assert codes, "a remark is made of codes that stand beside it"
    assert set(codes) <= set(WORDS)
    if names is not None:
        wanted = [set(fields_of(WORDS[code])) for code in codes]
        assert all(each <= names for each in wanted) and names <= set().union(*wanted)


def test_every_code_is_used():
    assert {code for _, codes, _ in uses() for code in codes} == set(WORDS)


def test_nothing_is_said_in_words_of_its_own():
    """What is appended to messages is a remark, never a sentence written where it arises."""
    lists = {"messages", "remarks", "words", "said"}
    found = []
    for path in sorted(Path("musegen").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                target, values = node.func.value, node.args
            elif isinstance(node, ast.AugAssign):
                target, values = node.target, getattr(node.value, "elts", [])
            else:
                continue
            name = getattr(target, "id", getattr(target, "attr", ""))
            written = [v for v in values if isinstance(v, ast.JoinedStr) or (isinstance(v, ast.Constant) and v.value)]
            if name in lists and any(ast.unparse(value).rstrip("'\"").endswith(".") for value in written):
                found.append(f"{path}:{node.lineno}")
    assert not found


def test_a_section_is_spoken_of_without_reading_the_sentence():
    messages = [remark("h_is_b")]
    fit_primer(piece([(60 + n, n, 1) for n in range(40)]), 8, messages)
    assert messages[1] == "Your music has 10 bars and the piece is to have 8; its last 6 bars were used."
    told = about_sections(messages)
    assert told[0] == messages[0]
    assert told[1] == "Your music has 10 bars and each section is to have 8; its last 6 bars were used."
    assert all(isinstance(each, Remark) for each in told)
