// What the stage plays: its score in the transport of the window, and where it stands.

import { ScoreIndex } from "../score/score_index.js";
import { mapOf } from "../score/tempo_map.js";
import { sound } from "../sound/sound.js";
import { TempoLadder } from "../sound/tempo_ladder.js";
import { transport } from "../sound/transport.js";
import { kept } from "./stage_memory.js";

const OWNER = "stage";
const SOON = 20_000; // milliseconds in which a take that was clicked on begins to play when it comes
const LEAVING = 800;

/** The score of the stage, played. */
export class Playback {
  /**
   * @param {object} calls
   * @param {() => void} calls.loaded the transport holds our score from now on
   * @param {() => {from: number, to: number}|null} calls.range what is to be looped
   * @param {() => void} calls.unselect nothing is to be looped any more
   */
  constructor(calls) {
    this.calls = calls;
    this.player = transport();
    /** @type {ScoreIndex|null} */
    this.index = null;
    this.map = null;
    /** @type {Score|null} as Python gave it last */
    this.score = null;
    this.wanted = 0;
    this.ladder = new TempoLadder();
    clearTimeout(kept().leaving);
    kept().playTake = (shown) => this.playTake(shown);
  }

  /** Whether the transport holds our score. */
  get mine() {
    return Boolean(this.index) && this.player.owner === OWNER && this.player.score?.key === this.index.score.key;
  }

  /** Whether our score sounds. */
  get playing() {
    return this.mine && this.player.playing;
  }

  get position() {
    return this.mine ? this.player.position : kept().position;
  }

  /** Take the newest of a score: the same, or another to ask about; it is not yet played. @param {Score} score */
  take(score) {
    const other = score.key !== this.index?.score.key;
    this.score = score;
    if (!other) return;
    this.index = new ScoreIndex(score);
    this.map = mapOf(score);
  }

  /** Make the score what is played: at once, or, while something else plays, when it is asked for. */
  load() {
    const { player, score } = this;
    const wasMine = player.owner === OWNER;
    if (player.playing && !wasMine) return;
    const known = this.mine;
    player.load(score, { owner: OWNER, keep: wasMine });
    if (known) return;
    player.loop = this.calls.range();
    this.calls.loaded();
  }

  /** Let every track sound as Python says, where it does not yet. */
  tellPrograms() {
    if (!this.mine) return;
    this.score.tracks.forEach(({ program }, i) => {
      if (this.player.mix(i).program !== program) this.player.mix(i, { program });
    });
  }

  /** Play and pause whatever the window plays. */
  anyToggle() {
    if (this.player.playing || (this.player.score && !this.mine)) this.player.toggle();
    else this.toggle();
  }

  toggle() {
    if (this.mine) this.player.toggle();
    else this.playFrom(kept().position);
  }

  playFrom(quarter) {
    if (quarter === undefined || quarter === null || !this.index) return;
    if (!this.mine) {
      if (this.player.playing) this.player.pause();
      this.load();
    }
    const range = this.calls.range();
    if (range && (quarter < range.from - 1e-6 || quarter >= range.to - 1e-6)) this.calls.unselect();
    this.player.play(quarter);
  }

  seek(quarter) {
    kept().position = quarter;
    if (this.mine) this.player.seek(quarter);
  }

  /** Go on or back by a "beat" or a "bar". */
  step(way, unit) {
    if (!this.index) return;
    this.seek(this.index.step(this.position, way, unit, (quarter) => this.map.seconds(quarter)));
  }

  /** Play the take that was clicked on: at once where it is the one `shown`, else when it comes. */
  playTake(shown) {
    sound().resume().catch(() => {}); // the click unlocks the sound; `play` says where there is none
    if (shown && this.playing) this.player.pause();
    else if (shown) this.playFrom(this.calls.range()?.from ?? 0);
    else this.wanted = Date.now() + SOON;
  }

  /** The take that was waited for has come. */
  arrived() {
    if (Date.now() < this.wanted && !this.player.playing) this.playFrom(this.calls.range()?.from ?? 0);
    this.wanted = 0;
  }

  /** Follow the rounds of a loop while it plays; a ladder makes each a little faster. */
  followRounds() {
    if (!this.playing) return this.ladder.rest();
    const next = this.ladder.follow(this.position, this.player.rate, this.calls.range());
    if (next !== null) this.setRate(next);
  }

  /** Repeat a stretch {from, to} in quarters, or nothing. */
  repeat(range) {
    if (this.mine) this.player.loop = range;
  }

  setRate(rate) {
    this.player.rate = rate;
  }

  toggleMetronome() {
    this.player.metronome = !this.player.metronome;
  }

  /** Return the written tempo in quarters a minute. */
  qpm(quarter) {
    const { tempos } = this.index.score;
    return tempos.reduce((now, [at, qpm]) => (at <= quarter + 1e-6 ? qpm : now), tempos[0][1]);
  }

  /** Streamlit may put the same stage up again at once; if the page is left, the music stops. */
  leave() {
    const mine = this.mine;
    kept().leaving = setTimeout(() => mine && this.player.playing && this.player.pause(), LEAVING);
  }
}
