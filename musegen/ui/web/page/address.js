// Where the app is.

/** Return the address of the app, ending in "/", whatever page of it is shown. */
export function appRoot() {
  if (window.musegen?.root) return window.musegen.root;
  /** @type {HTMLScriptElement|null} */
  const script = document.querySelector('script[src*="static/js/"]');
  return script ? script.src.slice(0, script.src.indexOf("static/js/")) : new URL("/", location.href).href;
}
