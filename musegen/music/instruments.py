"""Names of the General MIDI programs, in a musician's words."""

from musegen.languages import Message, message

_FAMILIES = (
    "Piano|Bright piano|Electric grand|Honky-tonk piano|Electric piano|Electric piano 2|Harpsichord|Clavinet",
    "Celesta|Glockenspiel|Music box|Vibraphone|Marimba|Xylophone|Tubular bells|Dulcimer",
    "Drawbar organ|Percussive organ|Rock organ|Church organ|Reed organ|Accordion|Harmonica|Bandoneon",
    "Nylon guitar|Steel guitar|Jazz guitar|Clean electric guitar|Muted guitar|Overdriven guitar|Distortion|Harmonics",
    "Double bass|Electric bass|Picked bass|Fretless bass|Slap bass|Slap bass 2|Synth bass|Synth bass 2",
    "Violin|Viola|Cello|Contrabass|Tremolo strings|Pizzicato strings|Harp|Timpani",
    "Strings|Slow strings|Synth strings|Synth strings 2|Choir|Voices|Synth voice|Orchestra hit",
    "Trumpet|Trombone|Tuba|Muted trumpet|French horn|Brass|Synth brass|Synth brass 2",
    "Soprano saxophone|Alto saxophone|Tenor saxophone|Baritone saxophone|Oboe|English horn|Bassoon|Clarinet",
    "Piccolo|Flute|Recorder|Pan flute|Blown bottle|Shakuhachi|Whistle|Ocarina",
    "Square lead|Saw lead|Calliope lead|Chiff lead|Charang lead|Voice lead|Fifths lead|Bass and lead",
    "New age pad|Warm pad|Polysynth pad|Choir pad|Bowed pad|Metallic pad|Halo pad|Sweep pad",
    "Rain|Soundtrack|Crystal|Atmosphere|Brightness|Goblins|Echoes|Science fiction",
    "Sitar|Banjo|Shamisen|Koto|Kalimba|Bagpipe|Fiddle|Shanai",
    "Tinkle bell|Agogo|Steel drums|Woodblock|Taiko drum|Melodic tom|Synth drum|Reverse cymbal",
    "Fret noise|Breath noise|Seashore|Birdsong|Telephone|Helicopter|Applause|Gunshot",
)
PROGRAM_NAMES = tuple(name for family in _FAMILIES for name in family.split("|"))
"""Name of each General MIDI program, 128 of them."""


_DRUM_NAMES = {
    35: message("bass drum"), 36: message("bass drum"), 37: message("side stick"), 38: message("snare drum"),
    39: message("hand clap"), 40: message("snare drum"), 41: message("low floor tom"), 42: message("closed hi-hat"),
    43: message("high floor tom"), 44: message("pedal hi-hat"), 45: message("low tom"), 46: message("open hi-hat"),
    47: message("middle tom"), 48: message("middle tom"), 49: message("crash cymbal"), 50: message("high tom"),
    51: message("ride cymbal"), 52: message("china cymbal"), 53: message("ride bell"), 54: message("tambourine"),
    56: message("cowbell"), 57: message("crash cymbal"), 59: message("ride cymbal"),
}  # fmt: skip
"""What the keys of a General MIDI drum kit sound like, those that a kit of jazz or rock has."""


def drum_name(pitch: int) -> Message:
    """Return what a key of a General MIDI drum kit is called; "drum 75" where it is none of a kit."""
    return _DRUM_NAMES.get(pitch) or message("drum {pitch}", pitch=pitch)


def program_name(program: int) -> str:
    """Return the name of a General MIDI program, 0 to 127."""
    return PROGRAM_NAMES[program]
