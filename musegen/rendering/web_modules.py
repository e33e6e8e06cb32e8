"""The ES modules of the page, joined into one text: WEB, web_file, bundle.

A script that is handed over as one text cannot import its neighbours by address. `bundle` joins an entry module and
what it imports, each in a scope of its own, as if it could. Streamlit's components are made of it, and the pages of
takes that need no server.
"""

import json
import re
from pathlib import Path

from musegen.languages import ENGLISH, Language

WEB = Path(__file__).resolve().parents[1] / "ui" / "web"
"""The folder of the modules and their style sheets, in folders by what they draw."""

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/(?:[a-z_]+/)?([a-z_]+)\.js)";$', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.M)
_OTHER = re.compile(r"^(?:import|export)\b(?! default).*$", re.M)


def web_file(name: str, kind: str = "js") -> Path:
    """Return where a module or a style sheet of `WEB` lies; its name is the only one of its kind in all folders.

    Args:
        name: of the file, without folder and ending.
        kind: the ending, "js" or "css".

    Raises:
        ValueError: there is none of that name, or several.
    """
    found = sorted(WEB.rglob(f"{name}.{kind}"))
    if len(found) != 1:
        places = ", ".join(path.relative_to(WEB).as_posix() for path in found) or "nowhere"
        raise ValueError(f"{name}.{kind} must lie in one folder of the browser's modules; it lies: {places}")
    return found[0]


def bundle(entry: str, exports: bool = False, language: Language = ENGLISH) -> str:
    """Return an ES module with all that it imports, directly or not, in one text.

    Modules may use ``import { a, b } from "./name.js";`` or ``"../folder/name.js"`` and, at the start of a line,
    ``export`` before a function, class, const or let; the entry alone has a default export.

    Args:
        entry: name of a module in `WEB`, without folder and ".js".
        exports: True for a function body that returns the entry's exports instead of a module.
        language: that the modules speak; the sentences that they use come with them (`page/words.js`).

    Raises:
        ValueError: a module imports in a circle, imports what is not exported, or uses another form.
    """
    scopes: dict[str, str] = {}
    exported: dict[str, set[str]] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError("modules import in a circle: " + " -> ".join([*above, name]))
        if name in exported:
            return
        path = web_file(name)
        text = path.read_text(encoding="utf-8")
        for found in _IMPORT.finditer(text):
            words, address, other = found.groups()
            if (path.parent / address).resolve() != web_file(other).resolve():
                raise ValueError(f"{name}.js imports {address}, where no module lies")
            add(other, (*above, name))
            missing = {word.strip() for word in words.split(",") if word.strip()} - exported[other]
            if missing:
                raise ValueError(f"{name}.js imports {', '.join(sorted(missing))} which {other}.js does not export")
        text = _IMPORT.sub(r"const {\1} = $\3;", text)
        exported[name] = set(_EXPORT.findall(text))
        text = _EXPORT.sub("", text)
        unknown = _OTHER.search(text)
        if unknown:
            raise ValueError(f"{name}.js: this form cannot be joined: {unknown[0]}")
        result = f"\nreturn {{ {', '.join(sorted(exported[name]))} }};\n"
        if name != entry:
            text = f"const ${name} = (() => {{\n{text}{result}}})();\n"
        elif exports:
            text = text.replace("export default ", "const mount = ") + result
        scopes[name] = text

    add(entry, ())
    joined = "\n".join(scopes.values())
    return joined if language == ENGLISH else f"const $spoken = {_spoken(joined, language)};\n{joined}"


def _spoken(joined: str, language: Language) -> str:
    """Return the sentences of a language that modules use, as JSON."""
    words = {
        english: own for english, own in language.catalogue.items() if json.dumps(english, ensure_ascii=False) in joined
    }
    return json.dumps({"code": language.code, "names": language.names, "words": words}, ensure_ascii=False)
