"""What every test gets without asking."""

import pytest

from tests.chromium import address, blank, browser, open_page  # noqa: F401
from tests.databases import database, postgres_server  # noqa: F401
from tests.fake_composer import composer, page  # noqa: F401


@pytest.fixture(autouse=True)
def musegen_home(tmp_path, monkeypatch):
    """Each test has a home folder of its own, so that no test reads or leaves anything in ~/.musegen.

    No sounds are made in the background, unless a test wants that.
    """
    home = tmp_path / "musegen-home"
    monkeypatch.setenv("MUSEGEN_HOME", str(home))
    monkeypatch.setenv("MUSEGEN_SOUNDS", "asked")
    return home
