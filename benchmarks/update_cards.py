"""Measure the styles and write down what was found: cards, and the tables of the documentation.

    python -m benchmarks.update_cards            quality: cards, docs/quality.md (about fifteen minutes)
    python -m benchmarks.update_cards --styles [folk ...]    takes beside each style's own music: cards, docs/quality.md
    python -m benchmarks.update_cards --scored [jazz ...]    surprise by music never seen: cards, docs/quality.md
    python -m benchmarks.update_cards --recall               taking up what was played: cards, docs/quality.md
    python -m benchmarks.update_cards --twins [jazz ...]     whether a judge tells takes from real music: cards
    python -m benchmarks.update_cards --onsets [folk ...]    how well pitches are foreseen: cards, docs/quality.md
    python -m benchmarks.update_cards --speed    speed: docs/benchmarks.md (about three minutes)
    python -m benchmarks.update_cards --instrument [page sound ...]    the instrument, in Chromium: docs/benchmarks.md

Every figure there is printed by one of the commands of this folder; this one runs them and writes their tables between
the markers `<!-- begin NAME -->` and `<!-- end NAME -->`. With --small nothing is written. What takes are judged by in
the product, figures of held-out music and an index of what was learned from, is made by
`python -m musegen train STYLE --references`.
"""

import argparse
import json
import re
from dataclasses import replace
from pathlib import Path

from benchmarks import (
    chopin_quality,
    chorale_quality,
    compose_speed,
    editor_speed,
    export_agreement,
    folk_quality,
    hum_quality,
    imports,
    jazz_quality,
    library_speed,
    onset_quality,
    page_speed,
    performance_quality,
    play_timing,
    quartet_quality,
    recall_quality,
    regenerate_quality,
    sound_latency,
    spelling_quality,
    step_speed,
    style_quality,
    takes_quality,
)
from benchmarks.report import Figures, plain
from musegen.paths import PROJECT_DIR, checkpoints_dir
from musegen.services.judging.twins import judged
from musegen.styles import load_card
from musegen.training.publish import refresh

INSTRUMENT = {
    "page": page_speed,
    "sound": sound_latency,
    "editor": editor_speed,
    "playing": play_timing,
    "humming": hum_quality,
    "agreement": export_agreement,
    "spelling": spelling_quality,
}
"""What a musician handles: by the name of its section, each measured and written by itself."""

TWINS = ("twins_accuracy", "twins_right_in_pairs", "twins_seeds")
"""What `--twins` writes on a card."""

KEPT = (*style_quality.CARD_NAMES, *TWINS, *onset_quality.CARD_NAMES)
"""What stays on a card when other figures of it are written."""

QUALITY_PAGE, SPEED_PAGE = PROJECT_DIR / "docs" / "quality.md", PROJECT_DIR / "docs" / "benchmarks.md"


def between_markers(text: str, name: str, content: str) -> str:
    """Return a page with what stands between the markers of a name replaced.

    Raises:
        ValueError: the page has no such markers.
    """
    pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the page has no markers for {name}")
    return pattern.sub(lambda found: f"{found[1]}{content.strip()}\n{found[2]}", text)


def rewrite(page: Path, contents: dict[str, str]) -> None:
    """Write the contents between their markers into a page."""
    text = page.read_text(encoding="utf-8")
    for name, content in contents.items():
        text = between_markers(text, name, content)
    page.write_text(text, encoding="utf-8")


def _rounded(quality: Figures) -> Figures:
    return {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in quality.items() if v is not None}


def quality_of_takes(takes: Figures) -> Figures:
    """Return the figures of takes that go on a card."""
    whole, originality = takes["whole"]["takes"], takes["originality"]
    quality = {
        "takes_measured": takes["takes"],
        "share_ending_on_tonic_at_bar_line": whole["ends_on_tonic_at_bar_line"],
        "share_with_bars_asked_for": whole["bars_asked_for"],
        "share_filling_every_bar": whole["bars_filled_exactly"],
        "share_in_voice_range": whole["in_voice_range"],
        "median_notes_in_longest_run_shared_with_training_music": originality["takes"]["median_notes"],
        "median_notes_in_longest_run_shared_by_held_out_music": originality["held_out"]["median_notes"],
    }
    for name in ("pitch_class_entropy", "scale_consistency", "groove_consistency"):
        quality[f"{name}_of_takes"] = takes["statistics"][name]["takes_mean"]
        quality[f"{name}_of_held_out_music"] = takes["statistics"][name]["held_out_mean"]
    for name in ("fifths", "octaves") if "parallels" in takes else ():
        key = f"parallel_{name}_per_100_beats"
        quality[key] = takes["parallels"]["takes"][key]
        quality[f"{key}_rule_switched_off"] = takes["parallels"]["takes_rule_off"][key]
        quality[f"{key}_by_bach"] = takes["parallels"]["held_out"][key]
    return quality


def folk_card(folk: Figures) -> Figures:
    """Return the likelihoods that go on the folk card."""
    return {
        "test_tunes": folk["tunes"],
        "test_nats_per_event": folk["nats_per_event"],
        "five_gram_nats_per_event": folk["five_gram_nats_per_event"],
        "test_nats_per_event_within_grammar": folk["nats_per_event_within_grammar"],
        "five_gram_nats_per_event_within_grammar": folk["five_gram_nats_per_event_within_grammar"],
        "test_nats_per_note": folk["nats_per_note"],
        "five_gram_nats_per_note": folk["five_gram_nats_per_note"],
        "test_nats_per_16th": folk["nats_per_16th"],
        "five_gram_nats_per_16th": folk["five_gram_nats_per_16th"],
    }


def chorale_card(chorale: Figures) -> Figures:
    """Return the likelihoods that go on the chorale card."""
    test, valid = chorale["test"], chorale["valid"]
    return {
        "test_chorales": test["pieces"],
        "test_nats_per_voice_and_16th": test["8bit"]["nats_per_voice_and_16th"],
        "test_nats_per_voice_and_16th_within_grammar": test["8bit_within_grammar"]["nats_per_voice_and_16th"],
        "valid_nats_per_voice_and_16th": valid["8bit"]["nats_per_voice_and_16th"],
        "counting_model_test_nats_per_voice_and_16th": chorale["counting_models"]["S A T B"]["test"],
        "test_nats_per_16th": test["8bit"]["nats_per_16th"],
        "cost_of_8bit_weights_percent": 100 * test["cost_of_8bit_share"],
    }


def performance_card(piano: Figures) -> Figures:
    """Return the figures that go on the card of the piano style."""
    network, takes = piano["network"], piano["takes"]
    quality = {"test_pieces": piano["pieces"], "test_notes": piano["notes"]}
    for name in performance_quality.ANSWERS:
        quality[f"test_{name}_nats_per_note"] = network[name]
        quality[f"five_gram_{name}_nats_per_note"] = piano["n_grams"]["5"][name]
        if piano["seed"]:
            quality[f"seed_network_{name}_nats_per_note"] = piano["seed"][name]
    quality["test_pedal_and_end_nats_per_row"] = network["pedal_and_end_per_row"]
    return quality | {
        "takes_measured": takes["takes"],
        "share_within_15_percent_of_length": takes["within_15_percent_of_length"],
        "median_notes_in_longest_run_shared_with_training_music": takes["median_shared_run"],
        "median_notes_in_longest_run_shared_by_held_out_music": takes["median_shared_run_of_held_out"],
    }


def chopin_card(chopin: Figures) -> Figures:
    """Return the figures that go on the card of the Chopin style."""
    wider, network = chopin["wider"], chopin["network"]
    best = min(wider["n_grams"].values(), key=lambda row: row["sum"])
    quality = {"test_pieces": wider["pieces"], "test_notes": wider["notes"]}
    for name in (*chopin_quality.NAMES, "sum"):
        quality[f"test_{name}_nats_per_note"] = wider["network"][name]
        quality[f"n_gram_{name}_nats_per_note"] = best[name]
    quality["without_memory_test_sum_nats_per_note"] = wider["without_memory"]["sum"]
    quality["three_performed_pieces_sum_nats_per_note"] = network["sum"]
    quality["three_performed_pieces_velocity_nats_per_note"] = network["velocity"]
    quality["three_performed_pieces_which_notes_nats_per_note"] = network["which"]
    quality["n_gram_of_symbols_which_notes_nats_per_note"] = min(chopin["symbols"].values())
    if chopin["seed"]:
        quality["network_of_the_notebook_which_notes_nats_per_note"] = chopin["seed"]["every_step"]
    return quality


def quartet_card(quartet: Figures) -> Figures:
    """Return the figures that go on the card of the quartet style."""
    network, counted, better = quartet["network"], quartet["counted"], quartet["network"]["better_than_counted"]
    quality = {"test_works": quartet["works"], "test_notes": quartet["notes"]}
    for name in (*quartet_quality.NAMES, "sum"):
        quality[f"test_{name}_nats_per_note"] = network[name]
        quality[f"n_gram_{name}_nats_per_note"] = counted[name]
    return quality | {
        "better_than_n_grams_nats_per_note": better["mean"],
        "better_than_n_grams_nats_per_note_low_95_percent": better["interval"][0],
        "better_than_n_grams_nats_per_note_high_95_percent": better["interval"][1],
        "without_memory_test_sum_nats_per_note": quartet["without_memory"]["sum"],
    }


def jazz_card(jazz: Figures) -> Figures:
    """Return the figures that go on the card of the jazz style."""
    network, takes = jazz["network"], jazz["takes"]
    best = min(jazz["n_grams"].values(), key=lambda row: row["sum"])
    quality = {"test_solos": jazz["solos"]["test"], "test_notes": jazz["notes"]["test"]}
    for name in (*jazz_quality.ANSWERS, "sum"):
        quality[f"test_{name}_nats_per_note"] = network[name]
        quality[f"n_gram_{name}_nats_per_note"] = best[name]
    return quality | {
        "without_chords_test_pitch_nats_per_note": jazz["without_chords"]["pitch"],
        "without_memory_test_pitch_nats_per_note": jazz["without_memory"]["pitch"],
        "chord_tones_on_strong_beats_of_takes": takes["chord_tones_on_strong_beats"],
        "chord_tones_on_strong_beats_of_held_out_music": jazz["held_out_and_chords"]["chord_tones_on_strong_beats"],
        "share_ending_on_a_tone_of_the_last_chord": takes["share_ending_on_a_tone_of_the_last_chord"],
    }


SCORED = {
    performance_quality.STYLE: ("piano likelihood", performance_quality, performance_card),
    chopin_quality.STYLE: ("chopin likelihood", chopin_quality, chopin_card),
    quartet_quality.STYLE: ("quartet likelihood", quartet_quality, quartet_card),
    jazz_quality.STYLE: ("jazz likelihood", jazz_quality, jazz_card),
}
"""By style: its section of the page, what measures it, and what of that goes on its card."""


def put_on_card(folder: Path, quality: Figures) -> None:
    """Write figures on the card of a style; what `--styles` measures stays where it is not among them."""
    card = load_card(folder)
    other = {name: value for name, value in card.quality.items() if name in KEPT}
    refresh(replace(card, quality=quality | {k: v for k, v in other.items() if k not in quality}), folder)


def update_quality(small: bool) -> Figures:
    """Measure the quality of the styles; write cards and the page, unless `small`."""
    folk, chorale, takes = (plain(m.measured(small)) for m in (folk_quality, chorale_quality, takes_quality))
    likelihoods = {"folk": folk_card(folk), "bach-chorales": chorale_card(chorale)}
    result: Figures = {}
    for style_id, figures in likelihoods.items():
        quality = _rounded(figures | quality_of_takes(takes[style_id]))
        result[style_id] = {"quality": quality}
        if not small:
            put_on_card(checkpoints_dir() / style_id, quality)
    contents = {"folk likelihood": folk_quality.rendered(folk), "chorale likelihood": chorale_quality.rendered(chorale)}
    contents |= {f"takes {s}": "\n\n".join(takes_quality.style_tables(s, own)) for s, own in takes.items()}
    contents["regenerate"] = regenerate_quality.rendered(plain(regenerate_quality.measured(small)))
    if not small:
        rewrite(QUALITY_PAGE, contents)
    return result | update_scored([], small)


def update_scored(names: list[str], small: bool) -> Figures:
    """Measure how likely styles find music they never saw; write each once it is measured, unless `small`.

    Args:
        names: of `SCORED`; all where empty. A style that is not published has counting models only.
        small: quick and rough, nothing is written.
    """
    result: Figures = {}
    for name in names or SCORED:
        section, module, on_card = SCORED[name]
        figures = plain(module.measured(small))
        result[name] = _rounded(on_card(figures)) if figures["network"] else {}
        if not small:
            rewrite(QUALITY_PAGE, {section: module.rendered(figures)})
            if result[name]:
                put_on_card(checkpoints_dir() / name, result[name])
    return result


def update_styles(names: list[str], small: bool) -> Figures:
    """Measure the takes of styles, or of all that are published, beside their music; write each, unless `small`."""
    figures: Figures = {}
    for name in names or style_quality.published():
        figures |= plain(style_quality.measured(small, (name,)))
        if not small:
            folder = checkpoints_dir() / name
            put_on_card(folder, load_card(folder).quality | _rounded(style_quality.on_card(figures[name])))
            rewrite(QUALITY_PAGE, {f"style {name}": style_quality.style_text(name, figures[name])})
    return figures


def update_twins(names: list[str], small: bool) -> Figures:
    """Measure on the test pieces whether a judge tells styles from real music; write the cards, unless `small`."""
    figures: Figures = {}
    for name in names or style_quality.published():
        verdict = judged(name, "test", 20 if small else 60)
        found = (verdict.accuracy, verdict.pairs, verdict.num_pairs)
        figures[name] = _rounded(dict(zip(TWINS, found, strict=True)))
        if not small:
            folder = checkpoints_dir() / name
            put_on_card(folder, load_card(folder).quality | figures[name])
    return figures


def update_onsets(names: list[str], small: bool) -> Figures:
    """Measure how well styles foresee pitches where notes begin; write cards and page, unless `small`."""
    figures = plain(onset_quality.measured(small, tuple(names)))
    if not small:
        for name, found in figures.items():
            folder = checkpoints_dir() / name
            put_on_card(folder, load_card(folder).quality | _rounded(found))
        every = {name: load_card(checkpoints_dir() / name).quality for name in style_quality.published()}
        known = {name: own for name, own in every.items() if onset_quality.CARD_NAMES[0] in own}
        rewrite(QUALITY_PAGE, {"onsets": onset_quality.rendered(known)})
    return figures


def update_recall(small: bool) -> Figures:
    """Measure what taking up what was played is worth on the test pieces; write cards and page, unless `small`."""
    figures = plain(recall_quality.measured(small))
    if not small:
        for name, found in figures.items():
            folder = checkpoints_dir() / name
            put_on_card(folder, load_card(folder).quality | _rounded(found))
        rewrite(QUALITY_PAGE, {"recall": recall_quality.rendered(figures)})
    return figures


def update_speed(small: bool) -> Figures:
    """Measure the speeds; write the page, unless `small`."""
    modules = {"step": step_speed, "compose": compose_speed, "imports": imports, "library": library_speed}
    figures = {name: plain(module.measured(small)) for name, module in modules.items()}
    if not small:
        rewrite(SPEED_PAGE, {name: module.rendered(figures[name]) for name, module in modules.items()})
    return figures


def update_instrument(names: list[str], small: bool) -> Figures:
    """Measure parts of the instrument, or all of them; write each once it is measured, unless `small`."""
    figures: Figures = {}
    for name in names or INSTRUMENT:
        figures[name] = plain(INSTRUMENT[name].measured(small))
        if not small:
            rewrite(SPEED_PAGE, {name: INSTRUMENT[name].rendered(figures[name])})
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", action="store_true", help="measure speed instead of quality")
    parser.add_argument("--styles", nargs="*", choices=list(style_quality.RECORDS), help="styles beside their music")
    parser.add_argument("--scored", nargs="*", choices=list(SCORED), help="surprise by music never seen")
    parser.add_argument("--recall", action="store_true", help="what taking up what was played is worth")
    parser.add_argument("--twins", nargs="*", choices=list(style_quality.RECORDS), help="told from real music")
    parser.add_argument(
        "--onsets", nargs="*", choices=list(style_quality.RECORDS), help="how well pitches are foreseen"
    )
    parser.add_argument("--instrument", nargs="*", choices=list(INSTRUMENT), help="measure the instrument, or parts")
    parser.add_argument("--small", action="store_true", help="a quick, rough version that writes nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.styles is not None:
        figures = update_styles(options.styles, options.small)
    elif options.scored is not None:
        figures = update_scored(options.scored, options.small)
    elif options.recall:
        figures = update_recall(options.small)
    elif options.twins is not None:
        figures = update_twins(options.twins, options.small)
    elif options.onsets is not None:
        figures = update_onsets(options.onsets, options.small)
    elif options.instrument is not None:
        figures = update_instrument(options.instrument, options.small)
    else:
        figures = update_speed(options.small) if options.speed else update_quality(options.small)
    print(json.dumps(figures, indent=1) if options.json else _text(figures))


def _text(figures: Figures, indent: int = 0) -> str:
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines += [" " * indent + name, _text(value, indent + 2)]
        else:
            lines.append(" " * indent + f"{name}: {value}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
