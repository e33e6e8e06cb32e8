// What Python hands to the page, as types that every module knows by name; no code. tests/test_web_shapes.py checks
// them against what Python makes, so that neither side changes alone. Times are quarters from the start of the piece.

/**
 * A note: [id "n<track>-<index>", track, MIDI pitch, onset, duration, velocity 1 to 127, 1 where it was given].
 * @typedef {[string, number, number, number, number, number, number]} ScoreNote
 */

/**
 * @typedef {object} ScoreTrack
 * @property {string} name
 * @property {number} program General MIDI, 0 to 127
 * @property {boolean} drum
 * @property {[number, number][]} [pedals] when the sustain pedal goes down and up
 */

/**
 * @typedef {object} ScoreSwing
 * @property {[number, number][]} clock [quarter as written, quarter as it sounds], between which time goes evenly
 * @property {[number, number, number][]} moved [place in notes, onset, duration] of notes that keep other time
 */

/**
 * A piece as the transport, the roll and the sheet read it: musegen/services/showing/stage.py, `score_data`.
 * @typedef {object} Score
 * @property {string} key equal for music that is equal
 * @property {string} title
 * @property {number} end the last bar line
 * @property {[number, number][]} tempos [quarter, quarters a minute], the first at 0
 * @property {[number, number][]} bars [quarter, number as printed]
 * @property {[number, number][]} beats [quarter, strength]: 0 opens a bar, 1 a group within it, 2 the rest
 * @property {ScoreTrack[]} tracks
 * @property {ScoreNote[]} notes by onset
 * @property {ScoreSwing} [swing] only where the piece swings
 * @property {string|null} wav address of the server's own recording
 */

/**
 * @typedef {object} WhyReason
 * @property {number} shade 0 (expected) to 1 (surprising)
 * @property {string} words
 * @property {[number, string, number][]} others [pitch, name, share 0 to 1] of what else was in mind
 */

/**
 * @typedef {object} Why
 * @property {Object<string, WhyReason>} [notes] reasons by the note's id
 * @property {string} [said] a sentence instead
 */

/**
 * What the stage shows: musegen/ui/stage.py, `show_stage`, and services/showing/shown.py.
 * @typedef {object} StageData
 * @property {Score} score
 * @property {string[]} words each bar as a screen reader says it
 * @property {string[]|null} pages SVG of the sheet; none where it is not looked at, null where they are to come
 * @property {string} label
 * @property {string[]} legend of marked notes and the others; empty where nothing is marked
 * @property {number} width of the pages, CSS pixels
 * @property {number[]} widths that can be had
 * @property {string} view
 * @property {[number, string][]} instruments [program, name]
 * @property {Object<string, number>} programs chosen, by track
 * @property {number[]} composed program of each track as the style gave it
 * @property {boolean} tools whether notes may be chosen and asked about
 * @property {Why|null} why
 * @property {any} selection as the stage told it: {from, to} or {notes, key}, or null
 */

/**
 * A note under the editor's hands: times in quarters.
 * @typedef {object} EditorNote
 * @property {string} id
 * @property {number} track
 * @property {number} pitch
 * @property {number} onset
 * @property {number} duration
 * @property {number} velocity
 */
