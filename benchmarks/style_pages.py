"""Write what stands on the cards into the documentation: docs/styles/, the comparison in docs/quality.md, the README.

python -m benchmarks.style_pages            writes them
python -m benchmarks.style_pages --check    says which are not as the cards are, and fails if any
"""

import argparse
import sys
from pathlib import Path

from benchmarks.update_cards import between_markers
from musegen.paths import PROJECT_DIR
from musegen.styles import list_styles
from musegen.styles.comparison import comparison_table, licences, style_page, styles_table

README, QUALITY = PROJECT_DIR / "README.md", PROJECT_DIR / "docs" / "quality.md"


def pages() -> dict[Path, str]:
    """Return the text of every page that is written from the cards, by its path."""
    cards = list_styles()
    texts = {PROJECT_DIR / "docs" / "styles" / f"{card.style_id}.md": style_page(card) for card in cards}
    readme, quality = (path.read_text(encoding="utf-8") for path in (README, QUALITY))
    readme = between_markers(readme, "styles", styles_table(cards))
    readme = between_markers(readme, "figures", comparison_table(cards, "docs/styles"))
    texts[README] = between_markers(readme, "licences", licences(cards))
    texts[QUALITY] = between_markers(quality, "comparison", comparison_table(cards))
    return texts


def stale() -> list[str]:
    """Return the names of the pages that are not as the cards are."""
    return [str(path.relative_to(PROJECT_DIR)) for path, text in pages().items()
            if not path.exists() or path.read_text(encoding="utf-8") != text]  # fmt: skip


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        print("\n".join(stale()) or "all pages are as the cards are")
        return bool(stale())
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
