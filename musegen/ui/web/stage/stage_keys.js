// Keys that work anywhere on the page: space plays and pauses, arrows move by beat and bar, Home goes back.

const TYPING = "textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";
const TYPED = /^(text|search|number|email|url|tel|password|date|time|file)$/;
const PRESSED =
  "button, a[href], summary, input, [role=button], [role=radio], [role=tab], [role=option], [role=switch]";
const OWN_KEYS = "[role=application], [role=listbox], [role=grid]";
const MOVED_BY_ARROWS = "[role=slider], [role=radio], [role=tab], input";

/**
 * Listen on the page; returns a function that ends it.
 *
 * Space belongs to a button only if it was reached by keyboard: who has clicked on a take and then presses space
 * wants to hear it. Arrows and Home belong to whatever uses them.
 * @param {HTMLElement} stage whose own position slider leaves the arrows to us
 * @param {Record<string, Function>} actions toggle(), step(way, unit), home()
 */
export function listenToKeys(stage, actions) {
  let tabbed = false;
  let swallowed = false;
  const onTab = (event) => {
    if (event.key === "Tab") tabbed = true;
  };
  const onPointer = () => (tabbed = false);

  function early(event) {
    if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (isTyping(target) || belongsElsewhere(event, stage)) return;
    if (tabbed && matches(target, PRESSED) && !(matches(target, "input[type=range]"))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    swallowed = true;
    if (!event.repeat) actions.toggle();
  }

  function release(event) {
    // A button reacts when space is let go.
    if (event.key !== " " || !swallowed) return;
    swallowed = false;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function late(event) {
    if (event.defaultPrevented || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(stage);
    if (isTyping(target) || belongsElsewhere(event, stage)) return;
    if (matches(target, MOVED_BY_ARROWS) && !matches(target, ".seek")) return;
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way) actions.step(way, event.shiftKey || event.ctrlKey ? "bar" : "beat");
    else if (event.key === "Home" && inside) actions.home();
    else return;
    event.preventDefault();
  }

  const ends = [];
  // On the document, so that whoever must come first (a recording under way) can listen on the window.
  const on = (name, fn, capture) => {
    document.addEventListener(name, fn, capture);
    ends.push(() => document.removeEventListener(name, fn, capture));
  };
  on("keydown", onTab, true);
  on("pointerdown", onPointer, true);
  on("keydown", early, true);
  on("keyup", release, true);
  on("keydown", late, false);
  return () => ends.forEach((end) => end());
}

function matches(target, selector) {
  return target instanceof Element && Boolean(target.closest(selector));
}

function isTyping(target) {
  if (matches(target, TYPING)) return true;
  return target instanceof HTMLInputElement && TYPED.test(target.type);
}

/** Return whether another of our components has the focus and uses keys itself, as the editor does. */
function belongsElsewhere(event, stage) {
  const path = event.composedPath();
  return !path.includes(stage) && path.some((one) => one instanceof Element && one.matches(OWN_KEYS));
}
