// Links to the files of a take. The file is fetched first, so that one that cannot be made says why in a sentence.

import { appRoot } from "../page/address.js";
import { make, sign } from "../page/elements.js";
import { worded } from "../page/words.js";

class Downloads {
  constructor(host) {
    this.row = make("div", { class: "row" });
    this.said = make("p", { role: "status" });
    host.replaceChildren(make("div", { class: "downloads" }, this.row, this.said));
  }

  update({ files }) {
    const text = JSON.stringify(files);
    if (text === this.text) return;
    this.text = text;
    this.said.textContent = "";
    this.row.replaceChildren(...files.map((file) => this.link(file)));
  }

  link({ label, words, name, address }) {
    const link = make("a", { href: new URL(address, appRoot()).href, download: name, title: words }, sign("save"), label);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.save(link, label, name);
    });
    return link;
  }

  async save(link, label, name) {
    if (link.hasAttribute("aria-busy")) return;
    link.setAttribute("aria-busy", "true");
    this.said.textContent = "";
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(answer.status === 503 ? await answer.text() : "");
      const url = URL.createObjectURL(await answer.blob());
      make("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      const why = error instanceof Error && !(error instanceof TypeError) ? error.message : "";
      this.said.textContent = `${label}: ${why || worded("the file did not come; reload the page and press again.")}`;
    } finally {
      link.removeAttribute("aria-busy");
    }
  }
}

const shown = new WeakMap();

export default function ({ data, parentElement }) {
  const host = parentElement.querySelector(".musegen");
  if (!shown.has(host)) shown.set(host, new Downloads(host));
  shown.get(host).update(data);
}
