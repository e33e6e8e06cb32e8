"""What stands in the table of the polyphonic benchmark: families, systems of ours, published figures.

Three ways to say how likely a frame is, which must not be compared with each other: each key by itself; each key given
those below it; or through hidden units that can only be bounded or estimated.
"""

from dataclasses import dataclass

from musegen.languages import Message, message

INDEPENDENT, AUTOREGRESSIVE, ESTIMATED = "independent", "autoregressive", "estimated"
FAMILIES: dict[str, Message] = {
    INDEPENDENT: message("each key by itself"),
    AUTOREGRESSIVE: message("each key given those below"),
    ESTIMATED: message("bounds and estimates"),
}
FLOOR, OURS, PUBLISHED = "floor", "ours", "published"
OPENING = (
    (48, 55, 64, 72), (47, 55, 62, 74), (48, 55, 64, 76), (53, 57, 60, 72),
    (50, 57, 65, 69), (43, 59, 62, 67), (43, 59, 65, 74), (48, 60, 64, 72),
)  # fmt: skip
"""Pitches of the eight frames, written for this purpose, from which each system composes its sample."""
SAMPLE_FRAMES = 40
"""Frames of a sample, its opening among them."""


@dataclass(frozen=True, slots=True)
class System:
    """A model that this program fits and measures.

    Args:
        name: as the command line takes it.
        title: for people, a term of the field.
        family: one of `FAMILIES`.
        kind: `FLOOR` or `OURS`.
    """

    name: str
    title: Message
    family: str
    kind: str = OURS


SYSTEMS = {
    system.name: system
    for system in (
        System("linear", message("Logistic, 4 frames"), INDEPENDENT, FLOOR),
        System("lstm", message("LSTM"), INDEPENDENT),
        System("gru", message("GRU"), INDEPENDENT),
        System("diagonal", message("GRU, diagonal recurrence"), INDEPENDENT),
        System("linear-ar", message("Logistic, 4 frames and the keys below"), AUTOREGRESSIVE, FLOOR),
        System("lstm-nade", message("LSTM-NADE, 2 frames skip"), AUTOREGRESSIVE),
        System("gru-nade", message("GRU-NADE, 2 frames skip"), AUTOREGRESSIVE),
        System("biaxial", message("Biaxial LSTM, small"), AUTOREGRESSIVE),
        System("biaxial-rich", message("Biaxial LSTM with all keys below and a GRU over frames"), AUTOREGRESSIVE),
        System("rnn-rbm", message("LSTM-RBM, annealed importance sampling"), ESTIMATED),
    )
}
"""The systems by name, in the order of the table."""
COUNTED = {
    "marginal": System("marginal", message("How often each key sounds"), INDEPENDENT, FLOOR),
    "repeat": System("repeat", message("Whether it sounded, alike for all keys"), INDEPENDENT, FLOOR),
    "markov": System("markov", message("Whether it sounded, each key by itself"), INDEPENDENT, FLOOR),
}
"""The models of `counting`."""


@dataclass(frozen=True, slots=True)
class Published:
    """Test nats a step that a paper gives, by data set.

    Args:
        title: the model.
        family: one of `FAMILIES`.
        source: where it stands.
        doubts: what is not certain of it.
        nats: of jsb, nottingham, piano-midi and muse, None where there is none.
    """

    title: str
    family: str
    source: str
    doubts: tuple[Message, ...]
    nats: tuple[float | None, float | None, float | None, float | None]

    def of(self, dataset: str) -> float | None:
        """Return the figure for a data set."""
        return dict(zip(("jsb", "nottingham", "piano-midi", "muse"), self.nats, strict=True))[dataset]


_UNREAD = message("not checked against the paper")
_SECOND = message("read in a list of results, not in the paper")
_BOUND = message("a bound")
_BL, _BAI, _JOHNSON = "ICML 2012, arXiv:1206.6392", "arXiv:1803.01271", "Johnson, EvoMUSART 2017"

PUBLISHED_FIGURES = (
    Published("RNN, stochastic gradients", INDEPENDENT, _BL, (_SECOND,), (8.71, 4.46, 8.37, 8.13)),
    Published("RNN, Hessian-free", INDEPENDENT, _BL, (_UNREAD,), (8.58, 3.89, 7.66, 7.19)),
    Published("LSTM", INDEPENDENT, _BAI, (_UNREAD,), (8.45, 3.29, None, None)),
    Published("GRU", INDEPENDENT, _BAI, (_UNREAD,), (8.43, 3.46, None, None)),
    Published("TCN", INDEPENDENT, _BAI, (_UNREAD,), (8.10, 3.07, None, None)),
    Published("R-Transformer", INDEPENDENT, "arXiv:1907.05572", (_UNREAD,), (None, 2.37, None, None)),
    Published("RNN-NADE, stochastic gradients", AUTOREGRESSIVE, _BL, (_UNREAD,), (5.83, 2.91, 7.48, 6.74)),
    Published("RNN-NADE, Hessian-free", AUTOREGRESSIVE, _BL, (message("for JSB later papers print 5.19"),),
              (5.56, 2.31, 7.05, 5.60)),
    Published("LSTM-NADE", AUTOREGRESSIVE, _JOHNSON, (_UNREAD, message("last digit uncertain")),
              (6.05, 2.02, 7.36, 5.02)),
    Published("TP-LSTM-NADE", AUTOREGRESSIVE, _JOHNSON, (_UNREAD,), (5.88, 1.61, 5.44, 4.32)),
    Published("Biaxial LSTM", AUTOREGRESSIVE, _JOHNSON, (_UNREAD, message("no public run was found")),
              (5.05, 1.55, 4.90, 3.90)),
    Published("RTRBM", ESTIMATED, _BL, (_UNREAD,), (6.35, 2.62, 7.36, 6.35)),
    Published("RNN-RBM", ESTIMATED, _BL, (_UNREAD, message("estimated by annealing")), (6.27, 2.39, 7.09, 6.01)),
    Published("RNN-DBN", ESTIMATED, "arXiv:1412.7927", (_UNREAD, _BOUND), (5.68, 2.54, 7.15, 6.28)),
    Published("STORN", ESTIMATED, "arXiv:1411.7610", (_UNREAD, _BOUND), (6.91, 2.85, 7.13, 6.16)),
)  # fmt: skip
"""What papers give, with its doubts. Left out: DBN-LSTM (3.47 on JSB), whose estimator is not exact and which nobody
has reproduced, and Walder (2016), who is given the rhythm."""
