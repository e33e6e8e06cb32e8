"""Musegen in the browser: `streamlit run app.py`, or `python3 run.py`.

Streamlit imports this file once to serve `app`, and runs it as a script each time a page is drawn.
"""

import streamlit as st

if __name__ == "__main__":
    from musegen.ui.look import dress

    dress("Musegen")
    st.navigation(
        [
            st.Page("pages/compose.py", title="Compose", icon=":material/music_note:", default=True),
            st.Page("pages/styles.py", title="Styles", icon=":material/style:"),
        ],
        position="top",
    ).run()
else:
    from musegen.ui.routes import routes

    app = st.App(__file__, routes=routes())
