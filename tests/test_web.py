"""The joining of the browser's modules, and what holds for all of them."""

import re

import pytest

from musegen.rendering import web_modules


@pytest.fixture
def web(tmp_path, monkeypatch):
    monkeypatch.setattr(web_modules, "WEB", tmp_path)

    def write(**modules):
        for name, text in modules.items():
            path = tmp_path / f"{name.replace('__', '/')}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)

    return write


@pytest.mark.browser
def test_modules_are_joined_in_scopes_of_their_own(web, open_page):
    web(
        low__base="const secret = 1;\nexport const one = () => secret;\n"
        "export class Thing { name() { return 'thing'; } }\n",
        low__middle='import { one } from "./base.js";\nconst secret = 10;\n'
        "export function eleven() { return one() + secret; }",
        high__top='import { one, Thing } from "../low/base.js";\nimport {\n  eleven,\n} from "../low/middle.js";\n'
        "export const answer = [one(), eleven(), new Thing().name()];\nexport default function () { return answer; }",
    )
    page = open_page("about:blank")
    url = "data:text/javascript," + re.sub(r"[%#&]", lambda m: f"%{ord(m[0]):02X}", web_modules.bundle("top"))
    assert page.evaluate("async url => (await import(url)).default()", url) == [1, 11, "thing"]
    assert page.evaluate(f"(() => {{ {web_modules.bundle('top', exports=True)} }})().answer") == [1, 11, "thing"]


@pytest.mark.parametrize(
    ("modules", "words"),
    [
        ({"a": 'import { b } from "./b.js";\nexport const a = 1;', "b": 'import { a } from "./a.js";'}, "circle"),
        ({"a": 'import { b } from "./b.js";', "b": "const b = 1;"}, "does not export"),
        ({"a": 'import * as b from "./b.js";', "b": ""}, "cannot be joined"),
        ({"a": "export { b };"}, "cannot be joined"),
        ({"x__a": 'import { b } from "./b.js";', "y__b": "export const b = 1;"}, "where no module lies"),
        ({"a": "", "x__a": ""}, "must lie in one folder"),
        ({"a": 'import { b } from "./b.js";'}, "nowhere"),
    ],
)
def test_what_cannot_be_joined_is_refused(web, modules, words):
    web(**modules)
    with pytest.raises(ValueError, match=words):
        web_modules.bundle("a")


def test_every_module_can_be_joined_and_fetches_nothing_from_elsewhere():
    for path in web_modules.WEB.rglob("*.js"):
        web_modules.bundle(path.stem)
        assert not re.search(r"""["'`]https?://(?!www\.w3\.org)""", path.read_text(encoding="utf-8")), path.name
