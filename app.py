"""Musegen in the browser: `streamlit run app.py`, or `python3 run.py`."""

import streamlit as st

from musegen.ui.look import dress

dress("Musegen")
st.navigation(
    [
        st.Page("pages/compose.py", title="Compose", icon=":material/music_note:", default=True),
        st.Page("pages/styles.py", title="Styles", icon=":material/style:"),
    ],
    position="top",
).run()
