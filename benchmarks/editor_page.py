"""A page with nothing but the editor of drawn seeds, for benchmarks/editor_speed.py: `streamlit run` it."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if __name__ == "__main__":
    from musegen.ui import draw_panel
    from musegen.ui.look import set_look

    set_look("Editor")
    seed = draw_panel.drawn_seed()
    st.html(f"<p class='count'>{seed.piece.num_notes if seed else 0}</p>")
else:
    from musegen.ui.routes import routes

    app = st.App(__file__, routes=routes())
