"""What all listeners of a test found, on the Listen page."""

import streamlit as st

from musegen.errors import MusegenError
from musegen.evaluation.listening import RATE, Rated, Result, wilson
from musegen.languages import message
from musegen.services.listening.taking import answers_csv, ratings, result
from musegen.ui.language import say
from musegen.ui.messages import plain


def draw(test_id: str, question: str, *, hidden: bool) -> None:
    """Draw the results of a test, or why they are not told yet.

    Args:
        test_id: of the test.
        question: that was asked.
        hidden: whether this listener has answers to give first.
    """
    if hidden:
        st.caption(say("This is told when you have answered all, so that it does not influence you."))
        return
    try:
        table = answers_csv(test_id, question)
        if question == RATE:
            _ratings(ratings(test_id))
        else:
            _comparisons(result(test_id, question))
    except MusegenError as error:
        st.error(plain(str(error)))
        return
    st.download_button(say("All answers as CSV"), table, f"musegen-listening-{test_id}-{question}.csv", "text/csv",
                       on_click="ignore", icon=":material/download:", key="listen-csv")  # fmt: skip


def _comparisons(found: Result) -> None:
    st.markdown(plain(" ".join(sentences(found))))
    if not found.strengths:
        return
    names = list(found.strengths)
    table: dict[str, list] = {
        say("Composed by"): [say(name) for name in names],
        say("Strength (Bradley-Terry)"): list(found.strengths.values()),
    }
    if found.ranges:
        table |= {say("95 % from"): [found.ranges[name][0] for name in names],
                  say("to"): [found.ranges[name][1] for name in names]}  # fmt: skip
    told = [found.against.get(name) for name in names]
    table[say("Real music was chosen instead")] = [
        say("{won} of {count} ({low:.0%} to {high:.0%})", won=own[0], count=own[1], low=wilson(*own)[0],
            high=wilson(*own)[1]) if own else ""
        for own in told
    ]  # fmt: skip
    st.dataframe(table, hide_index=True, key="listen-strengths")


def _ratings(found: Rated) -> None:
    st.markdown(plain(" ".join(rating_sentences(found))))
    if not found.means:
        return
    names = list(found.means)
    table: dict[str, list] = {
        say("Composed by"): [say(name) for name in names],
        say("Mean rating, 1 to 5"): list(found.means.values()),
        say("Ratings"): [found.counts[name] for name in names],
    }
    if found.ranges:
        table |= {say("95 % from"): [found.ranges[name][0] for name in names],
                  say("to"): [found.ranges[name][1] for name in names]}  # fmt: skip
    st.dataframe(table, hide_index=True, key="listen-ratings")


def rating_sentences(found: Rated) -> list[str]:
    """Return what listeners found who rated, in plain words."""
    if not found.num_answers:
        return [say("Nobody has rated an excerpt yet.")]
    lines = [say("{listeners:# listener|# listeners} gave {answers} ratings.", listeners=found.num_listeners,
                 answers=found.num_answers)]  # fmt: skip
    if found.needed:
        lines.append(
            say("About {needed:,} further ratings like these would settle whether real music is rated otherwise.",
                needed=found.needed)
        )  # fmt: skip
    elif found.needed == 0:
        lines.append(say("That real music is rated otherwise is no chance."))
    return lines + _catches(found.catches)


def sentences(found: Result) -> list[str]:
    """Return what listeners found in plain words."""
    if not found.num_answers:
        return [say("Nobody has chosen between two excerpts yet.")]
    low, high = found.wilson
    lines = [
        say(
            "{listeners:# listener|# listeners} gave {answers:# answer|# answers}; {no_difference} heard no "
            "difference.",
            listeners=found.num_listeners,
            answers=found.num_answers,
            no_difference=found.num_no_difference,
        )
    ]
    if found.share is None:  # no real music among what was heard, or nobody heard a difference
        return lines + _catches(found.catches)
    lines.append(
        say(
            "Of the other {real_offered} the real music was chosen in {share:.0%} (95 % interval "
            "{low:.0%} to {high:.0%}; 50 % is chance).",
            real_offered=found.real_offered,
            share=found.share,
            low=low,
            high=high,
        )
    )
    if found.bootstrap:
        lines.append(
            say(
                "With whole listeners drawn: {bootstrap:.0%} to {bootstrap_2:.0%}.",
                bootstrap=found.bootstrap[0],
                bootstrap_2=found.bootstrap[1],
            )
        )
    if found.needed:
        lines.append(
            say("About {needed:,} further answers like these would settle whether it is chance.", needed=found.needed)
        )
    elif found.needed == 0:
        lines.append(say("That is no chance."))
    return lines + _catches(found.catches)


def _catches(catches: dict[str, float | None]) -> list[str]:
    lines = []
    for kind, share in catches.items():
        if share is not None:
            what = message("twice the same") if kind == "same" else message("one that is broken")
            lines.append(say("Of pairs with {what}, {share:.0%} were answered right.", what=what, share=share))
    return lines
