// The letters of a computer keyboard as piano keys, by their place, so that it is the same on every layout.

import { LETTERS, printed } from "./key_board.js";

const TYPING = "textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox]";
const NOT_TYPED = /^(checkbox|radio|range|button|submit|reset|color)$/;
const PRESSED = "button, a[href], summary, input, [role=button], [role=radio], [role=tab], [role=option], [role=switch]";

/**
 * Listen to letters anywhere on the page, except where someone types or another component uses the keys.
 * @param {HTMLElement} root of our component
 * @param {Record<string, Function>} actions down(code, semitones, event), up(code, event), octave(way), busy(), begin(), stop(event),
 *   discard(), learned(code, letter), letGo()
 * @returns a function that ends it
 */
export function listenToLetters(root, actions) {
  const held = new Set();
  let swallowed = null;

  function onDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (isTyping(target) || belongsElsewhere(event, root)) return;
    if (actions.busy() && ["Space", "Enter", "Escape"].includes(event.code)) {
      swallow(event);
      swallowed = event.code;
      if (!event.repeat) {
        if (event.code === "Escape") actions.discard();
        else actions.stop(event);
      }
      return;
    }
    const pressed = target instanceof Element && target.closest(PRESSED);
    if (event.code === "Enter" && !pressed && !event.repeat && event.composedPath().includes(root)) {
      swallow(event);
      actions.begin();
    } else if (event.code in LETTERS) {
      swallow(event);
      if (event.key?.length === 1) actions.learned(event.code, event.key);
      if (event.repeat || held.has(event.code)) return;
      held.add(event.code);
      actions.down(event.code, LETTERS[event.code], event);
    } else if (event.code === "KeyZ" || event.code === "KeyX") {
      swallow(event);
      if (!event.repeat) actions.octave(event.code === "KeyZ" ? -1 : 1);
    }
  }

  function onUp(event) {
    if (swallowed === event.code) {
      swallowed = null; // a button reacts when space is let go
      swallow(event);
    }
    if (!held.delete(event.code)) return;
    actions.up(event.code, event);
  }

  function letGo() {
    held.clear();
    actions.letGo();
  }

  const onHide = () => document.hidden && letGo();
  window.addEventListener("keydown", onDown, true);
  window.addEventListener("keyup", onUp, true);
  window.addEventListener("blur", letGo);
  document.addEventListener("visibilitychange", onHide);
  return () => {
    window.removeEventListener("keydown", onDown, true);
    window.removeEventListener("keyup", onUp, true);
    window.removeEventListener("blur", letGo);
    document.removeEventListener("visibilitychange", onHide);
  };
}

/** Return what stands on the letter keys of this keyboard, as far as the browser tells: code -> letter. */
export async function lettersHere() {
  const letters = new Map(Object.keys(LETTERS).map((code) => [code, printed(code)]));
  try {
    const layout = await navigator.keyboard.getLayoutMap();
    for (const code of letters.keys()) if (layout.get(code)) letters.set(code, layout.get(code).toUpperCase());
  } catch {
    // learned as they are pressed
  }
  return letters;
}

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function isTyping(target) {
  if (target instanceof HTMLInputElement) return !NOT_TYPED.test(target.type);
  return target instanceof Element && Boolean(target.closest(TYPING));
}

function belongsElsewhere(event, root) {
  const path = event.composedPath();
  return !path.includes(root) && path.some((one) => one instanceof Element && one.matches("[role=application]"));
}
