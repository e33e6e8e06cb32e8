// What our modules keep on the window, for the type checker alone.
interface Window {
  /** One place for all components: the transport, the sound, what of the stage outlasts it. */
  musegen: any;
}
interface Navigator {
  keyboard?: any;
}
/** The language that the page speaks, put before the joined modules by `rendering/web_modules.py`; not there in English. */
declare const $spoken: { code: string; names: string; words: Record<string, string> };
