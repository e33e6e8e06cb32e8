"""What the server has imported costs the collection after a rerun nothing."""

import subprocess
import sys

from musegen.paths import PROJECT_DIR

CODE = """
import gc, json, sys
import streamlit
from musegen.ui import settled_memory

for name in settled_memory.WANTED:
    __import__(name)
before = len(gc.get_objects())
settled_memory.settle_memory()
settled = len(gc.get_objects())
frozen = gc.get_freeze_count()
settled_memory.settle_memory()
again = gc.get_freeze_count()

from musegen.composers.request import ComposeRequest
from musegen.files import read
from musegen.services.making.compose import compose
for _ in range(3):
    take = compose(ComposeRequest("folk", "invent", num_bars=8, num_takes=4)).takes[0]
    read("tune.abc", b"X:1\\nM:3/4\\nL:1/4\\nK:G\\nGAB|cBA|G3|\\n")
gc.collect()
print(json.dumps([before, settled, frozen, again, len(gc.get_objects())]))
"""


def test_imports_are_out_of_the_collection_and_what_is_asked_for_later_adds_little():
    done = subprocess.run([sys.executable, "-c", CODE], cwd=PROJECT_DIR, capture_output=True, text=True, check=True)
    before, settled, frozen, again, later = eval(done.stdout.strip().splitlines()[-1])
    assert before > 50_000  # what each collection would walk
    assert settled < before / 50
    assert frozen >= before and again == frozen  # once, not at every call: garbage of sessions must not be frozen
    assert later < before / 10


def test_the_server_settles_its_memory_when_it_starts():
    assert "settle_in_background()" in (PROJECT_DIR / "app.py").read_text(encoding="utf-8")
