"""What every test gets without asking, and in which order files are run beside each other."""

from collections import Counter

import pytest

from tests.chromium import address, blank, browser, open_page, visitors  # noqa: F401
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


LONG = {"test_train_page.py": 40, "test_raw_sound_web.py": 50, "test_takes_page.py": 30}
"""Files that take longer than the number of their tests says: about how many seconds."""


def pytest_collection_modifyitems(config, items):
    """Let files that take long begin first where several are run beside each other, so that none is waited for alone.

    A test in Chromium takes about six seconds, another about a fifth of one.
    """
    if hasattr(config, "workerinput"):
        seconds = Counter()
        for item in items:
            seconds[item.path] += 6 if item.get_closest_marker("browser") else 0.2
        items.sort(key=lambda item: -max(seconds[item.path], LONG.get(item.path.name, 0)))
