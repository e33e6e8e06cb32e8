"""The words of every remark, in English and in one place: WORDS, TERMS.

Names in braces are values; see `musegen.languages.message`. After a colon may stand here, besides what is said there:

- `key` of (tonic, mode), `meter` of (numerator, denominator), `pitch` of a MIDI number, `quarters` of a length;
- `place` of (first, last) bar or of a second, `source` of the name of a piece, "" where it has none;
- `mood` of a demo's "", "calmer" or "wilder".
"""

from collections.abc import Callable
from typing import Any

from musegen.languages import Message, message, msgid
from musegen.music.theory import key_name, pitch_name

_LENGTHS = {
    0.25: msgid("a sixteenth"),
    0.5: msgid("an eighth"),
    0.75: msgid("a dotted eighth"),
    1.0: msgid("a quarter"),
    1.5: msgid("a dotted quarter"),
    2.0: msgid("a half"),
    3.0: msgid("a dotted half"),
}
NAMELESS = message("a piece without a name")
_MOODS = {"": message(""), "calmer": message(", calmer than before"), "wilder": message(", wilder than before")}
_COMPOSED = (
    '{} in the style "{{style}}"{{mood:mood}}: {{bars:# bar|# bars}}, composed in {{seconds}} s on this computer.'
)

WORDS = {
    # Reading files
    "score_cut": "This score is very long; the first {read} of its {measures} measures are read.",
    "score_cut_after_repeats": "Repeats played, this score is very long; its first {quarters:,.0f} quarters are read.",
    "endings_written_out": "First and second endings are written out as they are played.",
    "jumps_written_out": "{sign}{ending} is played out: {measures} measures are written, {played} played.",
    "repeats_written_out": "Repeats{ending} are played out: {measures} measures are written, {played} played.",
    "first_of_tunes": "This file holds {tunes} tunes; the first of them is read.",
    "first_of_tunes_named": 'This file holds {tunes} tunes; the first, "{title}", is read.',
    "parts_played_in_order": "The parts are played in the order that the tune gives: {order}.",
    "words_left_out": "The words printed below the music are left out.",
    "words_of_one_part": "Several parts have words; those of the part with most of them are kept.",
    "words_too_many": "{count:# syllable has|# syllables have} no note and {count:is|are} left out.",
    "words_too_few": "{count:# note has|# notes have} no syllable; write _ for each note that a syllable is held over.",
    "words_moved": "{count:# syllable has|# syllables have} no note near its own in the new music; left out.",
    "macros_left_out": "{count:A macro is|# macros are} left out.",
    "beyond_midi_left_out": "{count:A note beyond the range of MIDI is|# notes beyond the range of MIDI are} left out.",
    "not_abc_left_out": "{count:A sign that is no ABC is|# signs that are no ABC are} left out.",
    "film_frames": "This file counts time in film frames; a quarter note is read as half a second.",
    "empty_notes_left_out": "{count:A note without length is|# notes without length are} left out.",
    "grace_notes_left_out": "{count:The grace note is|# grace notes are} left out.",
    "cue_notes_left_out": "{count:A cue note, printed and not played, is|# cue notes, printed and not played, are} "
    "left out.",
    "slashes_left_out": "{count:A slash without a pitch is|# slashes without pitches are} left out.",
    "hidden_notes_played": "{count:A note that is not printed is|# notes that are not printed are} played.",
    "drum_tracks_left_out": "{count:The drums are|# drum tracks are} left out.",
    "empty_tracks_left_out": "{count:# empty track is|# empty tracks are} left out.",
    "one_beat_bars": "The file has bars of one beat; they are read as 4/4.",
    "key_doubted": "The file says {declared:key}, the notes say {heard:key}.",
    # Typed and drawn notes
    "h_is_b": "H was read as B natural; for B flat write Bb.",
    "accidental_read_as": '"{given}" was read as {understood}.',
    "late_notes_left_out": "{count:# note begins|# notes begin} after bar {bars} and {count:is|are} left out.",
    "first_bars_in_editor": "The first {used} of {bars} bars are in the editor.",
    # Played and hummed notes
    "recording_too_long": "A recording holds ten minutes; what came after is left out.",
    "recording_full": "A recording holds {most:,} notes; those after are left out.",
    "recording_stopped": "The recording stopped at {most:,} notes, the most that it holds.",
    "overdriven": "The recording is overdriven; the notes may still be right, and a little farther from the microphone "
    "they are surer.",
    "very_quiet": "The recording is very quiet; closer to the microphone the notes are surer.",
    "overdriven_clip": "The recording is overdriven; it is used as it is.",
    "quiet_clip": "The recording is very quiet.",
    "channels_mixed": "Its {channels} channels are mixed to one.",
    "beyond_full_scale": "It goes beyond full scale, and is made quieter as a whole.",
    "resampled": "It has {old:g} kHz and is used at {new:g} kHz.",
    "end_of_clip_used": "The last {seconds:g} seconds of it are used.",
    "heard_again": "The sound died away or grew too loud {count:once|# times}; the network heard the clip again there.",
    "sung_sharp": "You sang about {cents} cents sharp; that is taken off.",
    "sung_flat": "You sang about {cents} cents flat; that is taken off.",
    "moved_into_key": "{count:# note was|# notes were} moved into {key:key}.",
    "all_in_key": "All notes lie in {key:key}.",
    "hum_moved_up": "Moved up {octaves:an octave|# octaves}.",
    "hum_moved_down": "Moved down {octaves:an octave|# octaves}.",
    "tempo_heard": "Heard as about {bpm} BPM.",
    "finest_notes": "The finest notes found are {values:list}.",
    "played_with_swing": "The eighths were played with swing; they are written as even eighths.",
    "nothing_moved": "No note was moved.",
    "moved_far": "{count:## note was|## notes were} moved by more than a sixteenth.",
    "pickup_heard": "The music begins before the bar, with a pickup of {quarters:quarters}.",
    "empty_bars_left_out": "{count:## empty bar|## empty bars} at the start {count:is|are} left out.",
    "same_spot_left_out": "{count:## note|## notes} fell on the same spot as another and {count:was|were} left out.",
    "outside_bars_left_out": "{count:## note|## notes} outside the bars that were asked for {count:was|were} left out.",
    "first_bars_used": "The first {used} of {bars} bars are used.",
    # What of the musician's music is used
    "bar_used": "Bar {first} of {bars} is used.",
    "bars_used": "Bars {first} to {last} of {bars} are used.",
    "tracks_used": "{count} of {tracks} tracks {count:is|are} used: {names:quoted}.",
    "pickup_moved": "The first bar was of a length that cannot be counted here, so it was moved to the nearest that "
    "can.",
    "one_length": "Every note and chord is one beat long here, and chords are kept without their octaves.",
    "unknown_left_out": "{count:# note or chord|# notes and chords} that this style did not learn {count:was|were} "
    "left out.",
    "times_shortened": "{count:# time was|# times were} longer than the {seconds:g} seconds that this style knows, and "
    "{count:is|are} shortened to that.",
    "percussion_left_out": "The percussion was left out.",
    "highest_voice_kept": "Kept the highest voice as the melody; {count:# other note|# other notes} left out.",
    "one_line_used": "Of your music one line was used, its melody.",
    "highest_notes_kept": "The melody, the highest notes of your music, was kept; the rest is new.",
    "named_part_kept": 'The melody, the part of "{part}", was kept; the rest is new.',
    "voices_dealt": "Up to {most} notes sound at once; the outer two and two inner ones were kept as four voices.",
    "instruments_left_out": "The music has {instruments} instruments; the {used} with most notes were used and "
    "{count:# was|# were} left out.",
    "doubles_left_out": "{count:An instrument that doubles another was|# instruments that double others were} "
    "left out.",
    "instruments_play_on": "The instruments of your music play on: {names:list}.",
    "others_composed": "Your music has one voice; the others were composed to it.",
    "three_composed": "Your music has one voice; the other three were composed to it.",
    "fermatas_guessed": "No ends of phrases were marked; long notes that close two or four bars, or come before a "
    "rest, were taken for them.",
    "melody_cut_to_harmonise": "The melody has {bars} bars; the first {used} were harmonised.",
    "melody_cut_to_arrange": "The melody has {bars} bars; the first {used} were arranged.",
    "seed_cut": "Your music has {whole} bars and the piece is to have {asked}; "
    "{used:its last bar was|its last # bars were} used.",
    "seed_cut_for_section": "Your music has {whole} bars and each section is to have {asked}; "
    "{used:its last bar was|its last # bars were} used.",
    "seed_cut_in_seconds": "Your music lasts {whole:.0f} seconds and the piece is to last {asked:.0f}; its last "
    "{used:.0f} seconds were used.",
    # Onto the grid, into the range
    "put_where_written": "Your music was played freely, so its notes were put where they would be written.",
    "moved_onto_sixteenths": "{count:# note was|# notes were} moved onto the grid of sixteenths.",
    "faster_than_sixteenths": "{count:# note was|# notes were} left out, faster than sixteenths: of notes that fall "
    "on one sixteenth one stays.",
    "moved_onto_triplets": "{count:# note|# notes} moved onto the grid of thirty-seconds and triplets.",
    "moved_onto_grid": "{count:# note was|# notes were} moved onto the grid of thirty-seconds and triplets of "
    "sixteenths.",
    "too_fast_left_out": "{count:# note was|# notes were} left out, faster than thirty-seconds.",
    "too_many_left_out": "{count:# note was|# notes were} left out, since more sounded at once than one player can "
    "play.",
    "too_many_shortened": "{count:# note was|# notes were} made shorter, since more sounded at once than one player "
    "can play.",
    "unheld_left_out": "{count:# note was|# notes were} left out, since no hand can hold {count:it|them} on a guitar "
    "with what is struck at the same moment.",
    "tuned_lower": "Your music goes below the lowest string of a guitar in standard tuning; this one is in drop-D.",
    "rest_added": "A rest was added before the first note, to fill the pickup.",
    "signs_left_out": "{count} repeat signs or double bars in the middle of a note left out.",
    "moved_by_octaves": "{count:# note lies|# notes lie} beyond what this style plays and {count:was|were} moved by "
    "octaves.",
    "folded": "{count:# note|# notes} out of range moved by octaves.",
    "folded_for_singers": "{count:# note was|# notes were} outside the singers' range and moved by octaves.",
    "folded_for_instruments": "{count:# note was|# notes were} outside the instruments' ranges and moved by octaves.",
    "beyond_piano_left_out": "{count:# note lies|# notes lie} beyond the piano and {count:was|were} left out.",
    "beyond_usual_kept": "{count:# note|# notes} of your music {count:lies|lie} beyond the usual range of the "
    "{instrument} ({low:pitch} to {high:pitch}) and {count:was|were} kept.",
    "moved_up_for": "Your music was moved {octaves:an octave|# octaves} up for the {instrument}.",
    "moved_down_for": "Your music was moved {octaves:an octave|# octaves} down for the {instrument}.",
    "melody_moved_up_for": "The melody was moved up {octaves:# octave|# octaves} to where it suits the {instrument}.",
    "melody_moved_down_for": "The melody was moved down {octaves:# octave|# octaves} to where it suits the "
    "{instrument}.",
    "melody_moved_up_to_sopranos": "The melody was moved up {octaves:# octave|# octaves} to where sopranos sing.",
    "melody_moved_down_to_sopranos": "The melody was moved down {octaves:# octave|# octaves} to where sopranos sing.",
    # Key
    "key_moved": "Your music was moved from {own:key} to {wanted:key}.",
    "transposed": "Transposed from {own:key} to {wanted:key}.",
    "key_found": "No key was given; it looks like {key:key}.",
    "key_changes": "The key changes; {key:key} was taken throughout.",
    "key_changes_first_used": "The key changes in this music; the first one was used throughout.",
    "key_changes_last_used": "The key changes in your music; the take goes on in its last one.",
    "mode_treated_as": "Treated {mode} as {like}.",
    "mode_of_seed_kept": "Your music is {mode}, so the key is {key:key}.",
    "mode_of_seed_kept_not": "Your music is {mode}, so the key is {key:key}, not {wanted:key}.",
    "goes_on_in_key": "Its notes stay {mode}; the music goes on in {key:key}.",
    "no_raised_notes": "The key lock keeps to {key:key} without raised notes.",
    "raised_as_in_seed": "The key lock keeps to {key:key}, with {notes:list} as in your music.",
    "raised_for_cadences": "The key lock keeps to {key:key}, with {notes:list} for its cadences.",
    "locked_to_chords": "The key lock keeps to the scales of the chords.",
    "lock_changed": "The key lock changed {count:no notes|# note|# notes}.",
    # Meter, tempo, length
    "meter_kept": "The meter of your music, {meter:meter}, was kept.",
    "meter_changes": "The meter changes; {meter:meter} was taken throughout.",
    "meter_changes_first_used": "The meter changes in this music; the first one was used throughout.",
    "meter_unknown": "This style does not know the meter {meter:meter}: your notes keep their lengths and were put "
    "into bars of 4/4.",
    "meter_hardly_met": "This style has hardly met the meter {meter:meter}; its bars were kept, but may be filled "
    "stiffly.",
    "written_in_meter": "Written in {like:meter} instead of {meter:meter}.",
    "put_in_fours": "Your music is in {meter:meter} and this style plays in 4/4: its notes keep their lengths and were "
    "put into bars of four.",
    "put_in_bars": "Your music is in {meter:meter} and the chords are in bars of {beats}: its notes keep their lengths "
    "and were put into these.",
    "tempo_changes": "The tempo of your music changes; its first, {qpm:.0f}, was used throughout.",
    "beat_heard": "Your music was heard as about {bpm:.0f} BPM.",
    "beat_heard_played_at": "Your music was heard as about {bpm:.0f} BPM and is played at {qpm:g}.",
    "no_beat_in_seed": "No steady beat was heard in your music, so its bars are an estimate.",
    "too_many_seconds": "{seconds:g} seconds would be {bars} bars at this tempo; the piece has {most}, the most there "
    "may be, and lasts {lasts:.0f} seconds.",
    "more_than_ten_minutes": "{bars} bars would be more than ten minutes at this tempo; the piece has ten.",
    "own_tempo_asked": "It finds its own tempo as it plays: {bars:# bar|# bars} at the tempo asked for are "
    "{seconds:.0f} seconds, and it plays for about so long.",
    "own_tempo_usual": "It finds its own tempo as it plays: {bars:# bar|# bars} at {qpm:g} BPM are "
    "{seconds:.0f} seconds, and it plays for about so long.",
    "form_in_sections": "{sections} sections of {bars} bars make {made} bars, not {asked}.",
    # Chords
    "chords_of_seed": "The chords are those that stand in your music.",
    "chords_heard": "The chords are those that sound in your music; play them over, and change what is wrong.",
    "chords_go_on": "From bar {bar} on the chords are proposed, going on from those of your music; chords that you "
    "type are played instead.",
    "chords_proposed": "The chords are proposed, in {key:key}; they stand above the sheet, and chords that you type "
    "are played instead.",
    "plan_fills": "The plan of {sections:# section|# sections} fills {made:# bar|# bars}; {asked} were asked for.",
    "plan_beside_chart": "The chart that you typed has its own sections; the plan is left out.",
    "chords_guessed": "The chords of {bars:# bar|# bars} were guessed from the melody in {key:key}; play it over, and "
    "correct what you hear otherwise.",
    "blues_played": "No chords were given, so it plays over a blues in {key:key}.",
    "chords_moved": "The chords were moved from {own:key} to {wanted:key}.",
    "chords_in_other_key": "The chords are in {chords:key} and your music is in {own:key}: choose a key for the take "
    "and they are moved to it, or have chords guessed from your music.",
    "chart_goes_round": "The chart has {bars:# bar|# bars}: it is played {times:once|# times}, and "
    "{rest:# bar|# bars} of it again.",
    "chart_cut": "The chart has {bars} bars; its first {used:# bar|# bars} are played.",
    "chart_in_other_bars": "The chart is written in {bars:meter} and the music is in {meter:meter}; its chords were "
    "put on the nearest beats.",
    "read_without_chords": "It was read without chords: none in bars of four stand in it.",
    # Takes
    "takes_the_same": "With top-k 1 the likeliest note is always taken, so all takes are the same.",
    "composed_again": "So that no run of more than {most} notes is one that the style learned, {count} of the takes "
    "were composed again.",
    "still_shared": "Of {count} of the takes every attempt shared more than {most} notes; the one that shares least is "
    "here.",
    "sheet_estimated": "The sheet is estimated from what is played; MIDI and sound keep it as it is.",
    "no_beat_in_any": "No steady beat was found in {count:the take|the takes}, so the bars there are rough.",
    "no_beat_in_some": "No steady beat was found in {count:take|takes} {takes:list}, so the bars there are rough.",
    "went_on_from": _COMPOSED.format("Went on from {seed}"),
    "harmonised": _COMPOSED.format("Harmonised {seed}"),
    "arranged": _COMPOSED.format("Arranged {seed}"),
    "accompanied": _COMPOSED.format("Accompanied {seed}"),
    "invented": _COMPOSED.format("Invented a piece"),
    "around_melody_only": "The prelude and the postlude were left out; they stand around a melody that is accompanied.",
    "seed_not_used": "Your music was not used, since the style was asked to invent.",
    "as_long_as_melody": "The take is as long as its melody; the length asked for was not used.",
    # What a take shares with what its style learned from
    "no_run_shared": "No run of {least} notes or more stands in the music that the style learned from.",
    "run_shared": "The longest run that the music it learned from has too is {count} notes, {place:place}: in "
    "{source:source}, {source_place:place}{others:| and in # other piece| and in # other pieces}.",
    "run_usual": "Real music of this kind that it never saw shares {usual:.0f} in the middle, and {seldom:.0f} or "
    "fewer in nine stretches of ten.",
    "run_usual_rare": "Real music of this kind that it never saw shares fewer than {least} in the middle, and "
    "{seldom:.0f} or fewer in nine stretches of ten.",
    "run_usual_none": "Real music of this kind that it never saw shares fewer than {least} in the middle, and fewer "
    "than {least} in nine stretches of ten.",
    "run_unusual": "So this is more than is usual: look at it before you call it yours.",
    "piece_too_short": "{name} was left out: it has no two notes one after the other.",
    # Recipes and files of takes
    "style_changed": "{style} has changed since this was composed (it was {was}, it is {now}), so the take may differ.",
    "recipe_changed_by_hand": "The recipe was changed by hand since it was written; it is used as it stands.",
    "notes_differ_from_recipe": "The notes of the file differ from what its recipe makes; what the recipe makes was "
    "kept.",
    "made_from_recipe": "Made again from its recipe.",
    "controls_lack": "The controls above do not hold {names:list} of the recipe, so a change there composes without.",
    "takes_imported": "{count:# take is|# takes are} imported.",
    "takes_known": "{count:# was|# were} here already.",
}
"""The sentence of each code."""


def place_words(place: tuple[int, int] | int) -> Message:
    """Return where something stands in a piece: "bar 3", "bars 3 to 4", or "at about 1:20" of a second."""
    if isinstance(place, int):
        return message("at about {minutes}:{seconds}", minutes=place // 60, seconds=f"{place % 60:02d}")
    if place[0] == place[1]:
        return message("bar {bar}", bar=place[0])
    return message("bars {first} to {last}", first=place[0], last=place[1])


def _length(quarters: float) -> Message:
    named = _LENGTHS.get(round(quarters, 4))
    return message(named) if named else message("{quarters:.3g} quarters", quarters=quarters)


TERMS: dict[str, Callable[[Any], Any]] = {
    "key": lambda key: key_name(*key),
    "meter": lambda meter: f"{meter[0]}/{meter[1]}",
    "pitch": pitch_name,
    "quarters": _length,
    "place": place_words,
    "source": lambda name: name or NAMELESS,
    "mood": _MOODS.__getitem__,
}
"""What stands after a colon in `WORDS`, and how its value is said."""
