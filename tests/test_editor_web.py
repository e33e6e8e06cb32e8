"""The editor: its model without a page, then drawn upon in Chromium, with mouse, keyboard and finger."""

import json
import re
import textwrap

import pytest

from tests.chromium import served, settle

pytestmark = [pytest.mark.browser]

GRID = """{
  bars: Array.from({length: 8}, (_, i) => [i * 4, i + 1]),
  beats: Array.from({length: 32}, (_, i) => [i, i % 4 ? 2 : 0]),
  limit: 32,
}"""
MODEL = f"""
  const model = (notes, bars = 4) => new editor_model.EditorModel(
    {{tracks: [{{name: "", program: 0, drum: false}}], bars,
      notes: notes.map(([pitch, onset, duration, velocity = 80, track = 0], i) =>
        ({{id: "n" + i, track, pitch, onset, duration, velocity}}))}}, {GRID});
  const rows = (m) => m.notes.map(n => [n.pitch, n.onset, n.duration]).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
"""


@pytest.fixture
def model(blank):
    """Return a function that runs a script with `model(notes)` and `rows(model)`."""
    page = blank("editor_model", "editor_grid", "editor_words", "editor_store")
    return lambda script, arg=None: page.evaluate(f"(arg) => {{ {MODEL} {script} }}", arg)


def test_any_walk_of_edits_is_undone_and_redone_exactly(model):
    told = model("""
      let seed = arg;
      const chance = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
      const pick = (list) => list[chance(list.length)];
      const m = model([[60, 0, 1], [64, 1, 1], [67, 2, 2]]);
      const picture = () => JSON.stringify(m.doc());
      const pictures = [picture()];
      const some = () => new Set(m.notes.filter(() => chance(3) === 0).map(n => n.id));
      const edits = {
        add: () => m.add({onset: chance(160) / 4, pitch: 55 + chance(24), duration: pick([1/3, 1/6, .25, 1, 2.5])}),
        move: () => m.move(some(), pick([-1, -1/3, .25, 2, 9]), chance(25) - 12),
        start: () => m.resize(some(), "start", pick([-1, -.25, 1/3, 2])),
        end: () => m.resize(some(), "end", pick([-1, -.25, 1/3, 2])),
        remove: () => m.remove(some()),
        loud: () => m.setVelocity(some(), n => n.velocity + chance(80) - 40),
        copy: () => { m.select([...some()]); m.copy(); return m.paste(chance(120) / 4); },
        cut: () => { m.select([...some()]); return m.cut(); },
        double: () => { m.select([...some()].slice(0, 5)); return m.duplicate(); },
        bars: () => m.setBars(1 + chance(8)),
        track: () => m.addTrack(), assign: () => m.assign(some(), chance(m.tracks.length)),
        program: () => m.setTrack(chance(m.tracks.length), {program: chance(128)}),
        untrack: () => m.removeTrack(chance(m.tracks.length)),
      };
      const done = {}, wrong = [];
      for (let i = 0; i < 300; i++) {
        const name = pick(Object.keys(edits));
        const before = m.past.length;
        const {ok} = edits[name]();
        if (m.past.length > before) { pictures.push(picture()); done[name] = (done[name] || 0) + 1; }
        else if (picture() !== pictures.at(-1)) wrong.push(name + " changed without a step to undo");
        for (const n of m.notes) {
          const whole = (x) => Math.abs(x * 10080 - Math.round(x * 10080)) < 1e-6;
          if (!(n.onset >= 0 && n.duration > 0 && n.onset + n.duration <= 32 + 1e-9)) wrong.push(name + " outside");
          if (!(n.velocity >= 1 && n.velocity <= 127 && whole(n.onset) && whole(n.duration))) wrong.push(name);
          if (!m.tracks[n.track]) wrong.push(name + " on no track");
        }
        const lanes = {};
        for (const n of m.notes) (lanes[n.track * 128 + n.pitch] ||= []).push(n);
        for (const lane of Object.values(lanes)) {
          lane.sort((a, b) => a.onset - b.onset);
          lane.slice(1).forEach((n, k) =>
            lane[k].onset + lane[k].duration > n.onset + 1e-9 && wrong.push(name + " overlaps"));
        }
        if (new Set(m.notes.map(n => n.id)).size < m.notes.length) wrong.push(name + " doubled an id");
      }
      const back = [], forth = [];
      while (m.undo().ok) back.push(picture());
      while (m.redo().ok) forth.push(picture());
      return {done, wrong: wrong.slice(0, 5), steps: pictures.length,
              back: JSON.stringify(back) === JSON.stringify(pictures.slice(0, -1).reverse()),
              forth: JSON.stringify(forth) === JSON.stringify(pictures.slice(1))};
    """, 20261121)  # fmt: skip
    assert told["wrong"] == []
    assert told["back"]
    assert told["forth"]
    assert told["steps"] > 150
    assert len(told["done"]) == 14


def test_notes_snap_to_bars_and_triplets(model):
    told = model("""
      const g = model([]).grid, third = 1 / 3;
      const pickup = new editor_grid.Grid({bars: [[0, 0], [0.5, 1], [3.5, 2]],
        beats: [[0, 2], [0.5, 0], [1, 2]], limit: 6.5});
      return {
        triplets: [0.3, 0.6, 1.1, 4.34].map(q => g.snap(q, third)), floor: g.snap(0.999, 1, "floor"),
        ceil: g.snap(1.01, 0.25, "ceil"), off: g.snap(1.2345, 0), pickup: [0.6, 1.9, 3.4].map(q => pickup.snap(q, 1)),
        next: [g.next(0, third, 1), g.next(1 / 3, third, 1), g.next(1, third, -1),
          g.next(0, third, -1), g.next(3.9, 1, 1)],
        place: [pickup.position(0.5), g.position(5.5)],
      };
    """)
    third = 3360 / 10080
    assert told["triplets"] == pytest.approx([third, 2 * third, 1, 4 + third])
    assert (told["floor"], told["ceil"], told["off"]) == (0, 1.25, pytest.approx(1.2345, abs=1e-4))
    assert told["pickup"] == [0.5, 1.5, 3.5]  # counted from the bar line, not from the start
    assert told["next"] == pytest.approx([third, 2 * third, 2 * third, 0, 4])
    assert [(p["number"], p["beat"], p["part"]) for p in told["place"]] == [(1, 1, 0), (2, 2, 0.5)]


def test_paste_cuts_what_is_there_and_leaves_out_what_is_beyond(model):
    told = model("""
      const m = model([[60, 0, 1], [62, 1, 1], [60, 4, 4]]);
      m.select(["n0", "n1"]); m.copy();
      const pasted = m.paste(5).text, there = rows(m);
      m.undo();
      const late = m.paste(31).text;
      const many = model([]).paste(0, {notes: Array.from({length: 5000},
        (_, i) => ({pitch: 60, onset: i / 256, duration: .01}))});
      const junk = model([]).paste(0, {notes: [null, 3, {pitch: "x"}, {pitch: 60, onset: -1, duration: 1},
        {pitch: 300, onset: 0, duration: 1}]});
      return {pasted, there, late, many, junk, none: model([]).paste(0).ok};
    """)
    assert told["pasted"] == "2 notes pasted."
    assert told["there"] == [[60, 0, 1], [62, 1, 1], [60, 4, 1], [60, 5, 1], [62, 6, 1]]
    assert told["late"] == "1 note pasted. 1 note beyond the last bar was left out."
    assert (told["many"]["ok"], told["junk"]["ok"], told["none"]) == (False, False, False)
    assert "5,000 notes" in told["many"]["text"]
    assert "4,000" in told["many"]["text"]


def test_groups_move_only_as_far_as_all_of_them_can(model):
    told = model("""
      const m = model([[60, 1, 1], [100, 2, 1]]);
      m.move(new Set(["n0", "n1"]), -5, 12);
      const first = rows(m);
      m.resize(new Set(["n0"]), "start", 5);
      return [first, rows(m), m.chosen(new Set(["n0"]))[0].duration];
    """)
    assert told[0] == [[68, 0, 1], [108, 1, 1]]
    assert told[1][0] == [68, 0.75, 0.25]  # never shorter than the grid's step
    assert told[2] == 0.25


def test_notes_are_said_as_a_musician_says_them(model):
    assert model("""
      const m = model([[67, 4, 1], [66, 5.5, 0.5], [70, 6, 1 / 3], [61, 0, 1.5]]);
      return m.notes.map(n => editor_words.noteWords(n, m.grid, n.pitch === 61 ? -3 : 1));
    """) == [
        "G4, bar 2 beat 1, quarter note",
        "F sharp 4, bar 2 beat 2 and a half, eighth note",
        "B flat 4, bar 2 beat 3, eighth triplet",
        "D flat 4, bar 1 beat 1, dotted quarter note",
    ]


def test_tabs_keep_apart_and_a_new_session_gets_its_own_back(model):
    told = model("""
      const memory = () => { const items = new Map();
        return {getItem: k => items.get(k) ?? null, removeItem: k => items.delete(k),
        setItem: (k, v) => items.set(k, String(v)),
          key: i => [...items.keys()][i], get length() { return items.size; }}; };
      let clock = 1000;
      const local = memory(), now = () => clock++, tab = memory(), twin = memory();
      const doc = (n) => ({tracks: [], notes: Array(n).fill({}), bars: 4});
      const first = new editor_store.EditorStore("draw", {local, session: tab, now});
      const state = {session: "s1", rev: 0, base: "draw"};
      first.save({...state, n: 3, doc: doc(3)});
      const same = first.decide({...state, n: 3}).kind;
      const behind = first.decide({...state, n: 2}).kind;
      const replaced = first.decide({...state, rev: 1, n: 2}).kind;
      const reload = new editor_store.EditorStore("draw", {local, session: tab, now});
      const back = reload.decide({session: "s2", rev: 0, n: 0, base: "draw"});
      const otherMusic = reload.decide({session: "s2", rev: 0, n: 0, base: "hum"}).kind;
      // a doubled tab has the same name: neither writes over the other
      for (const k of ["musegen.tab"]) twin.setItem(k, tab.getItem(k));
      const doubled = new editor_store.EditorStore("draw", {local, session: twin, now});
      reload.save({...state, session: "s2", n: 4, doc: doc(4)});
      doubled.save({...state, session: "s3", n: 1, doc: doc(1)});
      const kept = [reload.own().doc.notes.length, doubled.own().doc.notes.length];
      // another tab, new: it is offered the newest, once
      const fresh = new editor_store.EditorStore("draw", {local, session: memory(), now});
      const offer = fresh.decide({session: "s4", rev: 0, n: 0, base: "draw"});
      fresh.decline(offer.record);
      const again = fresh.decide({session: "s4", rev: 0, n: 0, base: "draw"}).kind;
      local.setItem("musegen.editor.draw." + fresh.tab, "{broken");
      const broken = fresh.own();
      return {same, behind, replaced, back: [back.kind, back.record.doc.notes.length], otherMusic, kept,
              offer: [offer.kind, offer.record.doc.notes.length], again, broken};
    """)
    assert (told["same"], told["behind"], told["replaced"]) == ("none", "restore", "none")
    assert told["back"] == ["restore", 3]
    assert told["otherMusic"] == "none"
    assert told["kept"] == [4, 1]
    assert told["offer"] == ["offer", 1]
    assert (told["again"], told["broken"]) == ("none", None)


def test_what_no_editor_asks_for_again_does_not_fill_the_browser(model):
    told = model("""
      const items = new Map(); let room = 1e9;
      const local = {getItem: k => items.get(k) ?? null, removeItem: k => items.delete(k),
        setItem: (k, v) => {
          const full = [...items].reduce((n, [a, b]) => n + (a === k ? 0 : b.length), v.length) > room;
          if (full) throw 0;
          items.set(k, v);
        },
        key: i => [...items.keys()][i], get length() { return items.size; }};
      let clock = 1000;
      const session = {getItem: () => "mine", setItem: () => null};
      const store = (key) => new editor_store.EditorStore(key, {local, session, now: () => clock++});
      const doc = {tracks: [], notes: Array(20).fill({}), bars: 4};
      const save = (key) => store(key).save({session: "s", rev: 0, n: 1, base: key, doc});
      for (let i = 0; i < 60; i++) save(`play_edit_${i}`);
      const many = items.size;
      room = 5 * [...items.values()][0].length;
      const fits = save("draw");
      const left = [...items.keys()];
      room = 10;
      return {many, fits, left, none: save("draw")};
    """)
    assert told["many"] == 25
    assert told["fits"]
    assert len(told["left"]) <= 5
    assert {"musegen.editor.draw.mine", "musegen.editor.play_edit_59.mine"} <= set(told["left"])
    assert told["none"] is False


def test_lines_of_the_grid_stand_where_notes_snap(blank):
    page = blank("roll_paint", "editor_grid")
    told = page.evaluate("""() => {
      const bars = [[0, 0], [0.5, 1], [4, 2], [7.5, 3]], end = 11;
      const grid = new editor_grid.Grid({bars, beats: [], limit: end});
      return [1, 1 / 3].map((step) => {
        const lines = roll_paint.stepLines({score: {bars}, step, end}, 0, end);
        return [lines, lines.map((q) => grid.snap(q, step))];
      });
    }""")
    whole, thirds = told
    assert whole[0] == [0, 0.5, 1.5, 2.5, 3.5, 4, 5, 6, 7, 7.5, 8.5, 9.5, 10.5]
    for lines, snapped in told:
        assert lines == pytest.approx(snapped, abs=1e-4)
    assert len(thirds[0]) == 2 + 3 * 11


EDITOR = """
  document.body.innerHTML = '<div id="host"></div>';
  const root = document.getElementById("host").attachShadow({mode: "open"});
  root.innerHTML = '<div class="musegen" style="width:900px"></div>';
  const data = (rev, n, notes) => ({key: "k", title: "T", session: "s", rev, n, base: "k", fifths: 0, extra: {},
    tempos: [[0, 120]], instruments: [[0, "Piano"]], grid: {bars: [[0, 1], [4, 2]], beats: [[0, 0]], limit: 8},
    doc: {tracks: [{name: "", program: 0, drum: false}], bars: 2,
      notes: notes.map((pitch, i) => ["n" + i, 0, pitch, i, 1, 80])}});
  const made = new editor.Editor(root, data(0, 0, [60]));
  const sent = [];
  made.send = (name, value) => sent.push([value.rev, value.n, value.notes.map((row) => row[2])]);
  const draw = (pitch) => { made.perform(made.model.add({onset: 4, pitch, duration: 1})); made.sendNow(); };
"""


def test_after_python_has_put_other_notes_in_the_next_edit_is_sent_whatever_its_number(blank):
    page = blank("editor")
    sent = page.evaluate(f"""() => {{ {EDITOR}
      draw(62); // reaches Python too late: it has replaced the notes meanwhile
      made.update(data(1, 0, [70]));
      made.perform({{ok: true, text: ""}}); // nothing was edited, so nothing is sent
      made.sendNow();
      draw(72);
      made.destroy();
      return sent;
    }}""")
    assert sent == [[0, 1, [60, 62]], [1, 1, [70, 72]]]


def test_what_was_copied_last_in_any_window_is_pasted(blank):
    page = blank("editor")
    told = page.evaluate(f"""() => {{
      const items = new Map();
      Object.defineProperty(window, "localStorage", {{value: {{getItem: k => items.get(k) ?? null, key: () => null,
        setItem: (k, v) => items.set(k, v), removeItem: k => items.delete(k), length: 0}}}});
      {EDITOR}
      const before = made.hasClip;
      made.model.selectAll();
      made.copy();
      items.set("musegen.clipboard", JSON.stringify({{notes: [{{onset: 0, duration: 1, pitch: 50}}]}}));
      made.seek(4);
      made.paste();
      const pitches = made.model.notes.map((note) => note.pitch);
      items.delete("musegen.clipboard"); // a full browser keeps none
      made.seek(6);
      made.paste();
      made.destroy();
      return [before, pitches, made.model.notes.map((note) => note.pitch).sort()];
    }}""")
    assert told == [False, [60, 50], [50, 60, 60]]


def test_the_roll_finds_what_is_pointed_at_and_draws_only_what_is_seen(blank):
    page = blank("roll_view", "roll_notes")
    told = page.evaluate("""async () => {
      document.body.innerHTML = '<div id="host" style="width:800px;height:300px"></div>';
      const host = document.getElementById("host");
      const view = new roll_view.RollView(host, {keys: true, editable: false});
      const notes = Array.from({length: 5000}, (_, i) => [`n0-${i}`, 0, 48 + (i * 7) % 37, i / 4, 0.25, 80, i % 2]);
      notes.push(["long", 0, 40, 0, 1250, 80, 0]);
      view.setScore({notes, bars:
        Array.from({length: 313}, (_, i) => [i * 4, i + 1]), beats: [], end: 1252, tracks: []});
      view.zoom(6, 1.5);
      view.scrollTo(600, 78);
      const seen = [];
      view.index.within(600, 604, (note) => seen.push(note[0]));
      const note = view.index.byId.get("n0-2404");
      const y = view.yOf(note[2]) + view.row / 2;
      const hits = [0.01, 0.5, 0.99].map(part => view.noteAt(view.xOf(601 + part * 0.25), y));
      const none = view.noteAt(view.xOf(601.1), view.yOf(note[2] + 1) + 1);
      const round = [view.quarterAt(view.xOf(601.5)), view.pitchAt(view.yOf(61) + 0.5),
        view.pitchAt(view.yOf(61) + view.row - 0.5)];
      const at = view.quarterAt(300);
      view.zoom(1.7, 1, 300, 100);
      const kept = Math.abs(view.quarterAt(300) - at) < 1e-6;
      await new Promise(requestAnimationFrame); await new Promise(requestAnimationFrame);
      const before = {...view.drawn};
      for (let i = 0; i < 20; i++) { view.setCursor(view.left + i / 100); await new Promise(requestAnimationFrame); }
      return {seen: seen.length, first: seen[0], hits, none, round, kept, base: view.drawn.base - before.base,
              overlay: view.drawn.overlay - before.overlay};
    }""")
    assert (told["seen"], told["first"]) == (17, "long")
    assert [hit["id"] for hit in told["hits"]] == ["n0-2404"] * 3
    assert [hit["part"] for hit in told["hits"]] == ["start", "body", "end"]
    assert told["none"] is None
    assert told["round"] == [pytest.approx(601.5), 61, 61]
    assert told["kept"]
    assert told["base"] == 0
    assert told["overlay"] >= 18


# ------------------------------------------------------------------------------------------ on a page of Streamlit


SCRIPT = """
import streamlit as st

if __name__ == "__main__":
    from musegen.ui import draw_panel
    from musegen.ui.look import set_look

    set_look("Musegen")

    def draw():
        seed = draw_panel.drawn_seed()
        st.slider("Other", 0, 9, key="other", persist_state="session")
        notes = [(n.pitch, n.onset_quarter, n.duration_quarter, n.velocity, i)
                 for i, t in enumerate(seed.piece.tracks) for n in t.notes] if seed else []
        meter = seed.piece.time_signatures[0] if seed else None
        st.code(str([notes, f"{meter.numerator}/{meter.denominator}" if meter else ""]).replace("(", "[")
                .replace(")", "]").replace("'", '"'), language=None)

    def other():
        st.write("Another page")

    st.navigation([st.Page(draw, title="Draw", default=True), st.Page(other, title="Other")], position="top").run()
else:
    from musegen.ui.routes import routes

    app = st.App(__file__, routes=routes())
"""


@pytest.fixture(scope="module")
def drawing_app(tmp_path_factory):
    """The address of a small app that has the editor alone."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "app.py").write_text(textwrap.dedent(SCRIPT))
    with served(folder, folder) as where:
        yield where


class Desk:
    """An editor on a page: where things are, and what Python has."""

    def __init__(self, page):
        self.page = page
        page.wait_for_selector(".editor .roll canvas")
        settle(page)

    def view(self, expression):
        return self.page.evaluate(f"""() => {{
          const hosts = [...document.querySelectorAll("*")].filter(e => e.shadowRoot?.querySelector(".editor .roll"));
          const view = hosts[0].shadowRoot.querySelector(".roll").rollView;
          return {expression};
        }}""")

    def spot(self, quarter, pitch):
        """The place on the screen of a time on a key."""
        box = self.page.locator(".editor .roll").bounding_box()
        x, y = self.view(f"[view.xOf({quarter}), view.yOf({pitch}) + view.row / 2]")
        return box["x"] + x, box["y"] + y

    def python(self):
        settle(self.page)
        return json.loads(self.page.locator("[data-testid=stCode] code").inner_text())

    def notes(self):
        return [tuple(note[:3]) for note in self.python()[0]]

    def shown(self):
        return self.view("view.score.notes.map(n => [n[2], n[3], n[4]])")

    def drag(self, a, b):
        self.page.mouse.move(*self.spot(*a))
        self.page.mouse.down()
        self.page.mouse.move(*self.spot(*[(u + v) / 2 for u, v in zip(a, b, strict=True)]), steps=3)
        self.page.mouse.move(*self.spot(*b), steps=3)
        self.page.mouse.up()

    def until(self, *notes, gone=()):
        """Wait until Python has some notes and not others."""
        for _ in range(60):
            now = self.notes()
            if all(note in now for note in notes) and not any(note in now for note in gone):
                return now
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{notes} or without {gone}: {self.notes()}")

    def tool(self, name):
        self.page.locator(f".editor [data-tool={name}]").click()


@pytest.fixture
def desk(open_page, drawing_app):
    return Desk(open_page(drawing_app))


def test_drawn_with_the_mouse(desk):
    before = desk.notes()
    assert len(before) > 10  # never empty
    page = desk.page
    page.mouse.click(*desk.spot(6.05, 71))
    desk.until((71, 6, 0.25))
    desk.drag((0.1, 57), (1.9, 57))
    desk.until((57, 0, 2))
    desk.drag((0.7, 57), (2.7, 60))  # move
    desk.until((60, 2, 2), gone=[(57, 0, 2)])
    desk.drag((3.98, 60), (3.48, 60))  # its end
    desk.until((60, 2, 1.5))
    desk.drag((2.02, 60), (1.02, 60))  # its start
    desk.until((60, 1, 2.5))
    for _ in range(3):
        desk.tool("undo")
    desk.until((57, 0, 2), gone=[(60, 1, 2.5), (60, 2, 2)])
    desk.tool("redo")
    desk.until((60, 2, 2))
    page.mouse.click(*desk.spot(2.5, 60), button="right")
    desk.until(gone=[(60, 2, 2)])
    page.mouse.dblclick(*desk.spot(6.1, 71))
    assert desk.until(gone=[(71, 6, 0.25)]) == before

    # a box, copied to where the cursor is set
    desk.tool("select")
    desk.drag((4.0, 67), (7.9, 59))
    inside = [n for n in before if 4 <= n[1] < 8]
    page.keyboard.press("Control+c")
    box = page.locator(".editor .roll").bounding_box()
    page.mouse.click(desk.spot(0, 60)[0] + 1, box["y"] + 8)
    page.keyboard.press("Control+v")
    after = desk.until(*[(p, o - 4, d) for p, o, d in inside])
    assert all(n in after for n in inside)
    # loudness, in the lane
    lane = page.locator(".editor .lane").bounding_box()
    page.keyboard.press("Escape")
    x = desk.spot(12, 64)[0]
    page.mouse.move(x + 2, lane["y"] + 30)
    page.mouse.down()
    page.mouse.move(x + 2, lane["y"] + 8, steps=3)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert [n[3] for n in desk.python()[0] if n[1] == 12] == [pytest.approx(126, abs=3)]
    # another track
    page.get_by_label("Track that is drawn").select_option("-1")
    page.get_by_label("Instrument of the track").select_option("42")
    desk.tool("draw")
    page.mouse.click(*desk.spot(14.05, 69))
    page.wait_for_timeout(600)
    assert [n[:2] for n in desk.python()[0] if n[4] == 1] == [[69, 14]]


def test_drawn_by_keyboard_alone_and_read_aloud(desk):
    page, live = desk.page, desk.page.locator(".editor .live")
    page.locator(".editor .roll").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    desk.until(gone=desk.notes())
    page.get_by_text("There are no notes yet").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("2")  # eighths
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    at = live.inner_text()
    assert re.fullmatch(r"[A-G].*, bar 1 beat 1, empty", at)
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Enter")
    assert live.inner_text() == at.replace("bar 1", "bar 2").replace("empty", "eighth note, drawn")
    page.wait_for_timeout(600)
    [(pitch, onset, length)] = desk.notes()
    assert (onset, length) == (4, 0.5)
    page.keyboard.press("Enter")  # choose it
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    desk.until((pitch + 13, 4.5, 1))
    page.keyboard.press("Control+d")
    desk.until((pitch + 13, 4.5, 1), (pitch + 13, 5.5, 1))
    page.keyboard.press("Control+z")
    desk.until(gone=[(pitch + 13, 5.5, 1)])
    page.keyboard.press("Escape")
    page.keyboard.press("4")  # triplets of eighths
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    third = 3360 / 10080
    page.wait_for_timeout(600)
    assert any(abs(n[1] - third) < 1e-6 for n in desk.notes())
    # the list: read and worked with
    page.locator(".editor .notes").focus()
    options = page.locator(".editor [role=option]")
    assert options.count() == 2
    assert re.match(r".*, bar 2 beat 1 and a half, quarter note", options.nth(1).inner_text())
    page.keyboard.press("ArrowDown")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("Delete")
    assert options.count() == 1
    desk.until(gone=[(pitch + 13, 4.5, 1)])
    page.locator(".editor .roll").focus()
    page.keyboard.press("?")
    assert "Arrow keys" in page.locator(".editor .help").inner_text()


def test_drawn_with_a_finger_on_a_telephone(open_page, drawing_app):
    desk = Desk(open_page(drawing_app, viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark"))
    page = desk.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".editor .roll").scroll_into_view_if_needed()
    page.touchscreen.tap(*desk.spot(2.05, 71))
    desk.until((71, 2, 0.5))
    desk.tool("erase")
    page.touchscreen.tap(*desk.spot(2.2, 71))
    desk.until(gone=[(71, 2, 0.5)])
    before = desk.view("[view.px, view.row]")
    # two bars are in sight and a step of an eighth is as wide as the tip of a finger needs
    assert desk.view("(view.width - view.keysWidth) / view.px") == pytest.approx(8, abs=0.1)
    desk.tool("draw")
    x, y = desk.spot(3, 66)
    touches = page.context.new_cdp_session(page)

    def touch(kind, *points):
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    notes = desk.shown()
    touch("touchStart", (x, y))
    touch("touchStart", (x, y), (x + 60, y))
    for i in range(5):
        touch("touchMove", (x - 5 * i, y), (x + 60 + 8 * i, y))
    touch("touchEnd")
    after = desk.view("[view.px, view.row]")
    assert after[0] > before[0] * 1.3
    assert after[1] == before[1]
    assert desk.shown() == notes  # two fingers draw nothing
    small = page.evaluate("""() => { const root = [...document.querySelectorAll("*")]
        .find(e => e.shadowRoot?.querySelector(".editor")).shadowRoot;
      return [...root.querySelectorAll("button, select")].filter(b => b.offsetParent)
        .filter(b => b.getBoundingClientRect().height < 43.5 || b.getBoundingClientRect().width < 43.5)
        .map(b => b.title || b.innerText); }""")
    assert small == []


def test_nothing_is_lost_to_reruns_pages_and_reloads(desk, open_page, drawing_app):
    page = desk.page
    slider = page.get_by_role("slider")
    # a rerun in the middle of a drag, and an edit within its debounce
    page.mouse.click(*desk.spot(0.05, 59))
    slider.press("ArrowRight")
    page.mouse.move(*desk.spot(5.05, 59))
    page.mouse.down()
    page.mouse.move(*desk.spot(5.9, 59), steps=3)
    page.wait_for_timeout(900)
    page.mouse.move(*desk.spot(6.4, 59), steps=3)
    page.mouse.up()
    page.mouse.click(*desk.spot(8.05, 59))
    slider.press("ArrowRight")
    desk.until((59, 0, 0.25), (59, 5, 1.5), (59, 8, 1.5))
    # another meter leaves what is drawn alone, also what was drawn just before
    page.mouse.click(*desk.spot(10.05, 59))
    page.locator(".stSelectbox input").first.click()
    page.get_by_text("3/4", exact=True).click()
    desk.until((59, 10, 1.5))
    assert desk.python()[1] == "3/4"
    # the page is left at once
    page.mouse.click(*desk.spot(4.05, 70))
    page.get_by_role("link", name="Other").click()
    page.get_by_text("Another page").wait_for()
    page.get_by_role("link", name="Draw").click()
    desk = Desk(page)
    desk.until((59, 8, 1.5), (70, 4, 1.5))
    assert desk.python()[1] == "3/4"
    desk.tool("undo")  # what was done before is still undone one by one
    desk.until((59, 10, 1.5), gone=[(70, 4, 1.5)])
    # reloaded at once after an edit: notes and meter are there again
    page.mouse.click(*desk.spot(2.05, 63))
    page.reload()
    desk = Desk(page)
    kept = desk.until((59, 5, 1.5), (63, 2, 1.5))
    assert desk.python()[1] == "3/4"
    page.wait_for_timeout(800)
    assert desk.notes() == kept
    # a second window draws on its own and is offered this one's
    other = page.context.new_page()
    other.goto(drawing_app)
    second = Desk(other)
    assert (63, 2, 1.5) not in second.notes()
    offer = other.locator(".editor .offer")
    assert re.search(r"\d+ notes were drawn in another window", offer.inner_text())
    other.mouse.click(*second.spot(2.05, 72))
    second.until((72, 2, 0.25))
    page.reload()
    desk = Desk(page)
    assert desk.until((63, 2, 1.5)) == kept
    other.get_by_text("Open them here").click()
    second.until(*kept)
    other.locator(".editor [data-tool=undo]").click()
    second.until((72, 2, 0.25), gone=[(63, 2, 1.5)])


def test_a_new_note_is_as_long_as_the_snap_step_then_as_the_last_one_drawn(model):
    told = model("""
      const m = model([]);
      m.add({onset: 0, pitch: 60});
      m.setSnap(1);
      m.add({onset: 1, pitch: 60});
      m.lastLength = 1.5;  // as after drawing one by dragging
      m.add({onset: 4, pitch: 60});
      m.setSnap(0);
      m.add({onset: 8, pitch: 60});
      return rows(m).map(row => row[2]);
    """)
    assert told == [0.25, 1, 1.5, 1.5]
