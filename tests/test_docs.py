"""The documentation names what is there: its links lead somewhere, and the files that it names exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md", *DECISIONS]
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_FILE = re.compile(r"`([\w./-]+(?:\.(?:py|js|toml|md|json)|/))`")
_ROOMS = (ROOT, ROOT / "musegen", ROOT / "musegen" / "ui", ROOT / "musegen" / "composers", ROOT / "musegen" / "library")
_ELSEWHERE = {"card.json", "checkpoints/", "data/", "library.sqlite3"}


def _names(page):
    return sorted(set(_FILE.findall(page.read_text(encoding="utf-8"))) - _ELSEWHERE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_files_that_the_guides_name_are_there(page):
    def is_there(name):
        return any((room / name).exists() or list(room.glob(f"*/{name}")) for room in _ROOMS)

    assert [name for name in _names(page) if not is_there(name)] == []
