"""What is said of a training, in words: done_sentences, progress_words, span."""

from musegen.languages import Message, message, msgid
from musegen.styles.runs import Order, Standing

_REASONS = {
    "early stopping": msgid(
        "It is done because the pieces it never saw have not become easier for it in the last rounds; the best was "
        "round {best}, and that one plays."
    ),
    "time limit": msgid("It is done because its time was over; the best was round {best}, and that one plays."),
    "all epochs done": msgid(
        "It is done because all its rounds are done; the best was round {best}, and that one plays."
    ),
    "asked to stop": msgid("It is done because you ended it; the best was round {best}, and that one plays."),
}


def done_sentences(order: Order, standing: Standing, untouched: float | None, title: str) -> list[Message]:
    """Return why a training is done, and what it came to.

    Args:
        order: what was asked.
        standing: at its end.
        untouched: nats an event of the style that it went on from, on the pieces held out; None from nothing.
        title: of that style.
    """
    said = [message(_REASONS.get(standing.words, _REASONS["all epochs done"]), best=standing.best_epoch)]
    if untouched is not None and standing.best_nll is not None:
        values = {"count": standing.num_held_out, "nats": standing.best_nll, "title": title, "untouched": untouched}
        if untouched > standing.best_nll:
            said.append(
                message(
                    "An event of the {count:piece|# pieces} held out surprises it by {nats:.3f} nats, "
                    "{title} untouched by {untouched:.3f}.",
                    **values,
                )
            )
        else:
            said.append(
                message(
                    "It has not learned to expect the {count:piece|# pieces} held out better than {title} "
                    "untouched ({nats:.3f} nats against {untouched:.3f}): there was too little to learn "
                    "from, or {title} knew it already.",
                    **values,
                )
            )
    return said


def progress_words(standing: Standing) -> list[Message]:
    """Return where a training stands, to be joined by semicolons: round and step, notes a second, the time left."""
    said = [
        message(
            "Round {number}, step {step} of {steps}",
            number=standing.epoch + 1,
            step=standing.step,
            steps=standing.steps,
        )
    ]
    if standing.notes_per_second:
        said.append(message("{notes:,.0f} notes a second", notes=standing.notes_per_second))
    if standing.seconds_left is not None:
        said.append(message("{time} left at most", time=span(standing.seconds_left)))
    return said


def span(seconds: float) -> Message:
    """Return a time in words: "40 seconds", "3 minutes"."""
    if seconds < 90:
        return message("{count:# second|# seconds}", count=max(round(seconds / 10) * 10, 10))
    if seconds < 5400:
        return message("{count:# minute|# minutes}", count=round(seconds / 60))
    return message("{hours:.1f} hours", hours=seconds / 3600)
