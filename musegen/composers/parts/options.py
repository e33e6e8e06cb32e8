"""What can be chosen for several parts, and for a band beside them."""

from dataclasses import dataclass, replace

from musegen.band.pop_band import GENRES, Playing
from musegen.composers.settings import setting
from musegen.composers.shared_options import chart_option, instruments_option, memory_option
from musegen.music.fretboard import TUNINGS

MOST_BARS_AROUND = 8
"""Bars of a prelude or a postlude."""
_DENSITIES = {"few": -0.8, "many": 0.8}
"""Nats towards more notes."""


def _bars_around(name: str, where: str) -> int:
    """Return the setting of the bars of a prelude or a postlude."""
    return setting(
        0,
        label=f"Bars of {name}",
        words=f"The {name}",
        help=f"Bars in which the piano plays alone {where}",
        low=0,
        high=MOST_BARS_AROUND,
        step=1,
        control="slider",
        flag=f"--{name}",
        metavar="N",
    )


@dataclass(frozen=True, slots=True)
class PartsOptions:
    """What can be chosen for several parts; the first six are for styles with a band.

    Args:
        chart: the chords, as typed; "" for those of the seed, guessed ones, or a progression.
        plan: names of sections in order ("intro verse chorus verse chorus"), "" for none.
        genre: of the drums, "" for pop.
        density: how much bass and drums play, "" for as usual.
        fills: whether the drums fill the ends of sections.
        on_grid: whether the drums lie on the grid, else a little off it.
        instruments: who plays, by name; () for all.
        memory: whether motifs return.
        prelude_bars: bars before a melody that is accompanied.
        postlude_bars: bars after it.
        tuning: of guitars, "" for standard.
    """

    chart: str = chart_option()
    plan: str = setting(
        "",
        label="Sections",
        words="The plan of sections",
        help="The sections in order: intro, verse, chorus, bridge. What returns is the same music again.",
        control="text",
        flag="--plan",
        metavar="NAMES",
    )
    genre: str = setting(
        "",
        label="What the drums play",
        words="The drums",
        help="The kind of music whose drummers are listened to.",
        choices=("", *GENRES),
        control="choice",
        flag="--drums",
        metavar="NAME",
    )
    density: str = setting(
        "",
        label="Notes of bass and drums",
        words="How much bass and drums play",
        help="Few: room for a voice. Many: a full sound.",
        choices=("", *_DENSITIES),
        control="choice",
        flag="--density",
        metavar="HOW",
    )
    fills: bool = setting(
        True,
        label="Fills at the ends of sections",
        words="The fills",
        help="On: the drums lead over to the next section.",
        control="toggle",
        flag="--fills",
    )
    on_grid: bool = setting(
        True,
        label="Drums exactly on the beat",
        words="The timing of the drums",
        help="On: every stroke lies on its sixteenth. Off: a little before or after it, as drummers play.",
        control="toggle",
        flag="--on-grid",
    )
    instruments: tuple[str, ...] = instruments_option()
    memory: bool = memory_option()
    prelude_bars: int = _bars_around("prelude", "before the melody that it accompanies.")
    postlude_bars: int = _bars_around("postlude", "after the melody that it accompanies, and closes.")
    tuning: str = setting(
        "",
        label="Tuning of the guitar",
        words="The tuning",
        help="Standard: E A D G B E. Drop-D: the lowest string a whole tone lower, for a deep D.",
        choices=("", *TUNINGS),
        control="choice",
        flag="--tuning",
        metavar="NAME",
    )

    @property
    def playing(self) -> Playing:
        """How bass and drums play."""
        return Playing(self.genre or GENRES[0], _DENSITIES.get(self.density, 0.0), self.fills, not self.on_grid)

    def for_parts(self) -> "PartsOptions":
        """Return the options of the parts that are composed to chords that are known."""
        playing = tuple(n for n in self.instruments if n.strip().casefold() not in _BAND)
        return replace(self, chart="", instruments=playing)

    def plays(self, name: str) -> bool:
        """Return whether bass or drums play."""
        return not self.instruments or name.casefold() in {each.strip().casefold() for each in self.instruments}


_BAND = ("bass", "drums")
