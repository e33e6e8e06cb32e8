"""What is said to the musician is data: a code, values, and words that stand in one place."""

import pickle
import string

import pytest

from musegen.composers.fitting.length import about_sections, fit_primer
from musegen.composers.remarks import WORDS, code_of, remark
from tests.builders import piece


def test_a_remark_is_its_sentence_and_knows_what_it_is_about():
    said = remark("key_moved", own="D major", wanted="G major")
    assert said == "The seed was moved from D major to G major."
    assert (said.code, said.values) == ("key_moved", {"own": "D major", "wanted": "G major"})
    again = pickle.loads(pickle.dumps(said))
    assert again == said and again.code == said.code and code_of("a plain sentence") == ""


def test_a_code_that_is_not_there_or_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        remark("nothing")
    with pytest.raises(KeyError):
        remark("key_moved", own="D major")


@pytest.mark.parametrize("code", WORDS)
def test_every_sentence_ends_and_its_values_have_names(code):
    assert WORDS[code].endswith(".")
    assert all(name.isidentifier() for _, name, _, _ in string.Formatter().parse(WORDS[code]) if name is not None)


def test_a_section_is_spoken_of_without_reading_the_sentence():
    messages = ["Something else."]
    fit_primer(piece([(60 + n, n, 1) for n in range(40)]), 8, messages)
    assert messages[1] == "The seed has 10 bars and the piece is to have 8; the last 6 bars of the seed were used."
    told = about_sections(messages)
    assert told[0] == messages[0]
    assert told[1] == "The seed has 10 bars and each section is to have 8; the last 6 bars of the seed were used."
