// What our modules keep on the window, for the type checker alone.
interface Window {
  /** One place for all components: the transport, the sound, what of the stage outlasts it. */
  musegen: any;
}
interface Navigator {
  keyboard?: any;
}
