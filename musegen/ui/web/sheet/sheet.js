// A sheet to look at, in the colours of the theme, engraved for the width there is. One Streamlit component.

import { make } from "../page/elements.js";
import { SheetView, widthFor } from "./sheet_view.js";

const sheets = new WeakMap();

function build(host) {
  const box = make("div", { class: "sheet" });
  host.replaceChildren(box);
  const one = { view: new SheetView(box), asked: null, data: null, set: null };
  one.ask = () => {
    const wanted = box.clientWidth && widthFor(box.clientWidth, one.data.widths);
    if (!wanted || wanted === one.data.width || wanted === one.asked) return;
    one.asked = wanted;
    one.set("width", wanted);
  };
  one.observer = new ResizeObserver(() => one.data && one.ask());
  one.observer.observe(box);
  return one;
}

export default function ({ data, parentElement, setStateValue }) {
  const one = sheets.get(parentElement) || build(parentElement.querySelector(".musegen"));
  sheets.set(parentElement, one);
  Object.assign(one, { data, set: setStateValue });
  if (data.width === one.asked) one.asked = null;
  one.view.setPages(data.pages, data.label);
  one.ask();
  return () => {
    one.observer.disconnect();
    one.view.destroy();
    sheets.delete(parentElement);
  };
}
