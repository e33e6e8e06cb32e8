"""The Benchmark page: its tables, what it plays, and what it says of a damaged file."""

import pytest
from streamlit.testing.v1 import AppTest

from musegen.evaluation.polyphony.systems import PUBLISHED, SYSTEMS
from musegen.services.judging.polyphony import kept_samples, kept_tables
from tests.fake_composer import SECONDS


@pytest.fixture
def page():
    opened = AppTest.from_file("../app.py", default_timeout=SECONDS)
    return opened.switch_page("pages/benchmark.py")


def test_the_page_shows_each_family_and_plays_each_model(page):
    page.run()
    assert not page.exception
    tables = kept_tables()
    first = next(iter(tables))
    families = {row.family for row in tables[first]}
    assert len(page.dataframe) == len(families)
    shown = [title for table in page.dataframe for title in table.value["Model"]]
    assert sorted(shown) == sorted(row.title for row in tables[first])
    choice = page.selectbox(key="benchmark-sample")
    own = {row.title: row.test for row in tables[first] if row.kind != PUBLISHED}
    titles = [SYSTEMS[name].title for name in kept_samples(first)]
    assert sorted(choice.options) == sorted(f"{title}: {own[title]:.2f}" for title in titles)
    choice.select_index(0).run()
    assert not page.exception
    assert len(page.get("audio")) == 1


def test_a_damaged_file_is_a_sentence(page, musegen_home):
    (musegen_home / "polyphony").mkdir(parents=True)
    (musegen_home / "polyphony" / "figures.json").write_text("{")
    page.run()
    assert not page.exception
    assert "is damaged" in page.error[0].value
