// What of the stage outlasts a component that Streamlit takes down and puts up again.

/** @returns {{size: number|null, leaving: any, position: number, playTake?: (shown: boolean) => void,
 * live?: (part: object) => void}} */
export function kept() {
  window.musegen ||= {};
  return (window.musegen.stage ||= { size: null, leaving: 0, position: 0 });
}
