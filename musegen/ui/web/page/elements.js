// Elements and the drawn signs on buttons.

const SVG = "http://www.w3.org/2000/svg";

/** Signs of 24 by 24, drawn with lines unless they are filled. */
const SIGNS = {
  play: { fill: "M7 4.5v15l12.5-7.5z" },
  pause: { fill: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z" },
  start: { fill: "M5 5h2.6v14H5zM19 5v14L8.6 12z" },
  loop: { line: "M7 7h9.5a4 4 0 0 1 4 4v1M17 17H7.5a4 4 0 0 1-4-4v-1M9.5 4 6.5 7l3 3M14.5 14l3 3-3 3" },
  metronome: { line: "M9 3.5h6l3.5 17h-13zM6.7 15h10.6M12 15l5.5-9" },
  mixer: { line: "M6 3.5v6M6 13.5v7M12 3.5v10M12 17.5v3M18 3.5v3M18 10.5v10M3.5 11.5h5M9.5 15.5h5M15.5 8.5h5" },
  full: { line: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" },
  smaller: { line: "M5 12h14" },
  larger: { line: "M5 12h14M12 5v14" },
  pick: { line: "M4 4h3M10.5 4h3M17 4h3v3M20 10.5v3M4 7.5v3M4 14v3M4 20h3M10.5 20h2M13 12l7 3-3 1.2L15.8 20z" },
  why: { line: "M9 9a3.2 3.2 0 1 1 4.6 2.9c-1 .5-1.6 1.2-1.6 2.4v.4M12 18.2v.3M12 2.8a9.2 9.2 0 1 1 0 18.4 9.2 9.2 0 0 1 0-18.4z" },
  save: { line: "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14" },
  close: { line: "M6 6l12 12M18 6 6 18" },
};

/**
 * Return an element; attributes that are functions listen ("click", fn), null and false are left out.
 * @param {string} tag @param {Record<string, any>} attributes @param {...any} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Return a sign as an SVG element that screen readers pass over. */
export function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[name].fill || SIGNS[name].line);
  path.setAttribute("class", SIGNS[name].fill ? "filled" : "lined");
  svg.append(path);
  return svg;
}

/**
 * Return a button with a sign and what it is called; `words` false keeps the name for screen readers and hovering.
 * @param {string} name of the sign, "" for none @param {string} label @param {(event: MouseEvent) => void} press
 * @param {Record<string, any>} attributes
 */
export function button(name, label, press, { words = false, ...attributes } = {}) {
  const content = [name ? sign(name) : null, words ? make("span", {}, label) : null];
  const own = { type: "button", title: words ? null : label, "aria-label": label, click: press };
  return make("button", { ...own, ...attributes }, ...content);
}

/** Return seconds as "0:07". */
export function clock(seconds) {
  const whole = Math.max(Math.floor(seconds + 1e-6), 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
