"""What is said of a training, in words: done_sentence, progress_sentence, span."""

from musegen.styles.runs import Order, Standing

_REASONS = {
    "early stopping": "the pieces it never saw have not become easier for it in the last rounds",
    "time limit": "its time was over",
    "all epochs done": "all its rounds are done",
    "asked to stop": "you ended it",
}


def done_sentence(order: Order, standing: Standing, untouched: float | None, title: str) -> str:
    """Return why a training is done, and what it came to.

    Args:
        order: what was asked.
        standing: at its end.
        untouched: nats an event of the style that it went on from, on the pieces held out; None from nothing.
        title: of that style.
    """
    words = f"It is done because {_REASONS.get(standing.words, 'it came to its end')}; the best was round "
    words += f"{standing.best_epoch}, and that one plays."
    if untouched is not None and standing.best_nll is not None:
        gain = untouched - standing.best_nll
        if gain > 0:
            words += (f" An event of the {_held_out(standing)} surprises it by {standing.best_nll:.3f} nats, "
                      f"{title} untouched by {untouched:.3f}.")  # fmt: skip
        else:
            words += (f" It has not learned to expect the {_held_out(standing)} better than {title} untouched "
                      f"({standing.best_nll:.3f} nats against {untouched:.3f}): there was too little to learn from, or "
                      f"{title} knew it already.")  # fmt: skip
    return words


def _held_out(standing: Standing) -> str:
    count = standing.num_held_out
    return "one piece held out" if count == 1 else f"{count} pieces held out"


def progress_sentence(standing: Standing) -> str:
    """Return where a training stands: "Round 3, step 5 of 8; 412 notes a second; about 2 minutes left"."""
    parts = [f"Round {standing.epoch + 1}"]
    if standing.steps:
        parts[0] += f", step {standing.step} of {standing.steps}"
    if standing.notes_per_second:
        parts.append(f"{standing.notes_per_second:,.0f} notes a second")
    if standing.seconds_left is not None:
        parts.append(f"{span(standing.seconds_left)} left at most")
    return "; ".join(parts)


def span(seconds: float) -> str:
    """Return a time in words: "40 seconds", "3 minutes"."""
    if seconds < 90:
        whole = max(round(seconds / 10) * 10, 10)
        return f"{whole} seconds"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
