"""The ways of composing that a musician chooses between, and their words: Mode, KNOWN, MODES, FROM_MELODY."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of composing.

    Args:
        name: a verb, as recipes and the command line have it.
        label: as the page offers it.
        from_melody: whether it composes to the seed's melody, which stays as it is: the take is as long as it.
    """

    name: str
    label: str
    from_melody: bool = False

    @property
    def way(self) -> str:
        """The label as it stands within a line: "go on from your music"."""
        return self.label[:1].lower() + self.label[1:]


KNOWN = {
    mode.name: mode
    for mode in (
        Mode("continue", "Go on from your music"),
        Mode("invent", "Invent freely"),
        Mode("harmonise", "Harmonise your melody", from_melody=True),
        Mode("arrange", "Arrange your melody", from_melody=True),
        Mode("accompany", "Accompany your melody", from_melody=True),
    )
}
MODES = tuple(KNOWN)
FROM_MELODY = tuple(mode.name for mode in KNOWN.values() if mode.from_melody)
