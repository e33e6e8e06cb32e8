"""Figures that every card has, so that styles can be compared: COMPARED, compared, style_page.

The quality of a card holds whatever its style was measured by; what all have in common is read from there by one name.
"""

from dataclasses import dataclass
from typing import Any

from musegen.styles.card import StyleCard


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that every style has.

    Args:
        title: head of its column.
        better: "lower", "higher" or "nearer" (to the figure of held-out music beside it).
        names: of the quality on cards; the first that is there counts, and several names joined by "+" are added.
    """

    title: str
    better: str
    names: tuple[str, ...]


_SUM = "+".join(f"*_{answer}_nats_per_note" for answer in ("pitch", "step", "duration", "velocity"))

COMPARED = {
    "nats_per_note": Figure(
        "nats a note",
        "lower",
        ("test_nats_per_note", "test_sum_nats_per_note", _SUM.replace("*", "test")),
    ),
    "nats_per_note_with_recall": Figure(
        "nats a note with recall (the pieces of twins)", "lower", ("test_nats_per_note_with_recall",)
    ),
    "counting_nats_per_note": Figure(
        "counting model",
        "lower",
        (
            "five_gram_nats_per_note",
            "n_gram_sum_nats_per_note",
            "counting_model_nats_per_note",
            _SUM.replace("*", "five_gram"),
        ),
    ),
    "onset_accuracy": Figure("pitches foreseen at onsets", "higher", ("test_accuracy_at_onsets",)),
    "counting_onset_accuracy": Figure("foreseen by counting", "higher", ("counting_accuracy_at_onsets",)),
    "overlap": Figure("overlap with its music", "nearer", ("overlap_with_training_music",)),
    "overlap_held_out": Figure("held-out music's", "nearer", ("overlap_of_held_out_music",)),
    "twins": Figure("twins told apart", "lower", ("twins_accuracy",)),
    "share_ending_well": Figure("end well", "higher", ("share_ending_well",)),
    "groove": Figure("groove", "nearer", ("groove_similarity_of_takes",)),
    "groove_held_out": Figure("held-out music's", "nearer", ("groove_similarity_of_held_out_windows",)),
    "bars_returning": Figure("bars that return", "nearer", ("bars_returning_in_takes",)),
    "bars_returning_held_out": Figure("held-out music's", "nearer", ("bars_returning_in_held_out_windows",)),
    "seconds_to_compose": Figure("seconds for 16 bars", "lower", ("seconds_to_compose",)),
}
"""By one name for all styles: what is compared."""


def may_be_sold(card: StyleCard) -> bool:
    """Return whether all that a style learned from allows commercial use, as far as its licences say."""
    return not any(words in source.get("licence", "").lower() for source in card.data for words in _NOT_SOLD)


_NOT_SOLD = ("not for commercial", "noncommercial", "non-commercial")


def compared(card: StyleCard) -> dict[str, float | None]:
    """Return the figures of `COMPARED` for a style, None where it was not measured."""
    return {name: _value(card.quality, figure.names) for name, figure in COMPARED.items()}


def _value(quality: dict[str, Any], names: tuple[str, ...]) -> float | None:
    for name in names:
        parts = name.split("+")
        if all(isinstance(quality.get(part), int | float) for part in parts):
            return float(sum(quality[part] for part in parts))
    return None


def comparison_table(cards: list[StyleCard], folder: str = "styles") -> str:
    """Return the Markdown table of all styles.

    Args:
        cards: of the styles.
        folder: of the styles' pages, as a link from the page with the table.
    """
    rows = ["| style | " + " | ".join(figure.title for figure in COMPARED.values()) + " |"]
    rows.append("|---|" + "---:|" * len(COMPARED))
    for card in cards:
        values = ["–" if value is None else f"{value:.3g}" for value in compared(card).values()]
        rows.append(f"| [{card.title}]({folder}/{card.style_id}.md) | " + " | ".join(values) + " |")
    return "\n".join(rows)


def styles_table(cards: list[StyleCard]) -> str:
    """Return the Markdown table of the README: what each style does, and what it learned from."""
    rows = ["| style | what it does | it learned from |", "|---|---|---|"]
    for card in cards:
        sources = "; ".join(entry["name"] for entry in card.data)
        rows.append(f"| **[{card.title}](docs/styles/{card.style_id}.md)** | {card.description} | {sources} |")
    return "\n".join(rows)


def licences(cards: list[StyleCard]) -> str:
    """Return a line for each style: what a musician may do with what he composes with it."""
    return "\n".join(f"- **{card.title}**: {card.licence}" for card in cards)


def _how_trained(card: StyleCard) -> str:
    training = card.training
    stages, epochs = len(training.get("stages", ())), sum(training.get("epochs", ()))
    return (
        f"`python -m musegen train {card.style_id}` follows `recipes/{card.style_id}.toml`: {stages} "
        f"stage{'s' * (stages != 1)}, {epochs} epochs, {training.get('seconds', 0) / 60:.0f} minutes in all; the best "
        f"epoch was {training.get('best_epoch', '–')}, at {training.get('valid_nats_per_event', '–')} nats an event of "
        "the validation pieces."
    )


def style_page(card: StyleCard) -> str:
    """Return the page of a style in Markdown, all of it from the card."""
    lines = [
        f"# {card.title}",
        "",
        "Written from the card and the recipe of the style; nothing here is typed by hand.",
        "",
        card.description,
        "",
        f"- **Give it**: {card.feed_it}",
        f"- **It cannot**: {card.cannot}",
        f"- **It can**: {', '.join(card.modes)}; meters {', '.join(card.meters)}; {' and '.join(card.keys)} keys",
        f"- **It writes**: {', '.join(card.voices)}",
        f"- **May I sell it?** {card.licence}",
        "",
        "## What it learned from",
        "",
        "| corpus | how much | licence | credit |",
        "|---|---|---|---|",
        *(
            f"| [{d['name']}]({d['url']}) | {d['pieces']} | {d['licence']} | {d['citation']} |"
            if d["url"]
            else f"| {d['name']} | {d['pieces']} | {d['licence']} | {d['citation']} |"
            for d in card.data
        ),
        "",
        "## How it was trained",
        "",
        _how_trained(card),
        "",
        "## How good it is",
        "",
        "| figure | value |",
        "|---|---:|",
        *(f"| {name.replace('_', ' ')} | {value} |" for name, value in card.quality.items()),
        "",
    ]
    return "\n".join(lines)
