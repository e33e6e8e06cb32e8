// A button that copies an address of the app; where the browser does not let it, the address is shown to be copied.

import { appRoot } from "./address.js";
import { make } from "./elements.js";
import { worded } from "./words.js";

const SHOWN = 2500; // milliseconds that "Link copied" stays

class Copier {
  constructor(host) {
    this.button = make("button", { type: "button", class: "copy", click: () => this.copy() });
    this.field = make("input", { readonly: true, "aria-label": worded("Link"), hidden: true });
    this.words = make("p", { role: "status" });
    host.replaceChildren(make("div", { class: "copier" }, this.button, this.field, this.words));
  }

  update(data) {
    if (data.link === this.data?.link && data.label === this.data?.label) return;
    this.data = data;
    this.button.textContent = data.label;
    this.words.textContent = "";
    this.field.hidden = true;
  }

  async copy() {
    const { link, words, label, root } = this.data;
    if (link === null) return void (this.words.textContent = words);
    const address = new URL(link, root || appRoot()).href; // of the network, where this computer knows itself by another name;
    try {
      await navigator.clipboard.writeText(address);
      this.button.textContent = worded("Link copied");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => (this.button.textContent = label), SHOWN);
    } catch {
      // Over plain http, and where it is forbidden, nobody may write to the clipboard for the musician.
      this.field.value = address;
      this.field.hidden = false;
      this.field.select();
      this.words.textContent = worded("Copy it from here.");
    }
  }

  destroy() {
    clearTimeout(this.timer);
  }
}

const copiers = new WeakMap();

export default function ({ data, parentElement }) {
  let copier = copiers.get(parentElement);
  if (!copier) {
    copier = new Copier(parentElement.querySelector(".musegen"));
    copiers.set(parentElement, copier);
  }
  copier.update(data);
  return () => {
    copier.destroy();
    copiers.delete(parentElement);
  };
}
