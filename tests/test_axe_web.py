"""Every page as axe-core sees it: no serious finding, such as type that is too pale or a control without a name."""

from pathlib import Path

import pytest

from tests.chromium import settle

AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 200)]))"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AXE.exists(), reason="LEFT OUT: axe-core, which `npm ci` fetches, is not there"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_finding(open_page, address, scheme):
    page = open_page(f"{address}/", color_scheme=scheme)
    page.locator("g.note").first.wait_for()
    settle(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    links = page.locator("[data-testid=stTopNavLink]")
    names = [name.strip().split("\n")[-1] for name in links.all_inner_texts()]
    assert len(names) >= 8 and "Compose" in names
    found = {"Compose": page.evaluate(SERIOUS)}
    for name in names:
        if name != "Compose":
            page.get_by_role("link", name=name, exact=True).first.click()
            settle(page, composing=False)  # Listen shows how far a test is
            found[name] = page.evaluate(SERIOUS)
    assert found == dict.fromkeys(found, [])
