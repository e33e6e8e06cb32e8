// Colours of the roll: hues that colour-blind eyes tell apart, on white and on dark, and what the theme gives.

/** Hues of new notes by track on a light page and on a dark one; from the ninth track on they begin again. */
export const HUES = {
  light: ["#d05a22", "#178a77", "#7d5cc9", "#a87a00", "#c2427c", "#6d8724", "#7d6050", "#2f8fb5"],
  dark: ["#ee7d45", "#35b8a1", "#a88bea", "#d1a021", "#e475a5", "#9db93f", "#b08e7b", "#59b6da"],
};

/** Hue of the musician's own notes, mixed into that of their track. */
export const GIVEN_HUE = { light: "#14508f", dark: "#3474b8" };

/** From expected to surprising, from near the background to far from it: told apart by lightness alone. */
export const SURPRISE = { light: ["#ece3bd", "#8f9a78", "#10305f"], dark: ["#33405c", "#9a9780", "#ffe58a"] };

const LEVELS = 6;

/** Return [r, g, b] of "#rgb", "#rrggbb" or "rgb(r, g, b)"; null for anything else. */
export function parseColour(text) {
  const value = (text || "").trim();
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join("") : hex[1];
    return [0, 2, 4].map((i) => parseInt(digits.slice(i, i + 2), 16));
  }
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(value);
  return rgb ? rgb.slice(1, 4).map(Number) : null;
}

/** Return the colour `share` (0 to 1) of the way from one to another, as "rgb(...)". */
export function mix(from, to, share) {
  const [a, b] = [parseColour(from) || [0, 0, 0], parseColour(to) || [0, 0, 0]];
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share)).join(",")})`;
}

/** The colours of one theme, read from the page. */
export class Palette {
  /** @param {Element} element whose custom properties hold the theme */
  constructor(element) {
    const style = getComputedStyle(element);
    const read = (name, otherwise) => {
      const value = style.getPropertyValue(name).trim();
      return parseColour(value) ? value : otherwise;
    };
    this.background = read("--st-background-color", "#ffffff");
    this.text = read("--st-text-color", "#26231f");
    this.panel = read("--st-secondary-background-color", mix(this.background, this.text, 0.05));
    this.accent = read("--st-primary-color", "#b9501d");
    this.font = style.getPropertyValue("--st-font").trim() || "system-ui, sans-serif";
    const [r, g, b] = parseColour(this.background);
    this.dark = 0.299 * r + 0.587 * g + 0.114 * b < 128;
    this.hues = this.dark ? HUES.dark : HUES.light;
    this.given = this.dark ? GIVEN_HUE.dark : GIVEN_HUE.light;
    this.name = [this.background, this.text, this.panel, this.accent, this.font].join();
    this.ramp = this.dark ? SURPRISE.dark : SURPRISE.light;
    this.fills = new Map();
  }

  /** Return the fill of a note; `depth` 0 to 1 is how loud it is. */
  fill(track, given, depth) {
    const level = Math.round(Math.min(Math.max(depth, 0), 1) * LEVELS);
    const key = (track % this.hues.length) * 32 + level * 2 + (given ? 1 : 0);
    let colour = this.fills.get(key);
    if (!colour) {
      const hue = this.hues[track % this.hues.length];
      const full = given ? mix(hue, this.given, 0.72) : hue;
      colour = mix(this.background, full, 0.4 + (0.6 * level) / LEVELS);
      this.fills.set(key, colour);
    }
    return colour;
  }

  /** Return the fill of a note by how surprising it is, 0 to 1. */
  surprise(value) {
    const level = Math.round(Math.min(Math.max(value, 0), 1) * 10) / 10;
    const [low, middle, high] = this.ramp;
    return level < 0.5 ? mix(low, middle, level * 2) : mix(middle, high, level * 2 - 1);
  }

  /** Return the outline of the musician's own notes. */
  outline(track) {
    return mix(this.dark ? "#9fd0ff" : "#06203f", this.hues[track % this.hues.length], 0.15);
  }
}
