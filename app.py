"""Musegen in the browser: `streamlit run app.py`, or `python3 run.py`.

Streamlit imports this file once to serve `app`, and runs it as a script each time a page is drawn.
"""

import streamlit as st

if __name__ == "__main__":
    from musegen.ui import desk, language_panel, live_loop
    from musegen.ui.language import say
    from musegen.ui.look import narrow_navigation, set_look

    live_loop.settle()
    set_look("Musegen")
    pages = [
        st.Page("pages/demo.py", title=say("Start"), url_path="start", icon=":material/play_circle:"),
        st.Page("pages/compose.py", title=say("Compose"), icon=":material/music_note:", default=True),
        st.Page("pages/takes.py", title=say("Takes"), icon=":material/bookmarks:"),
        st.Page("pages/styles.py", title=say("Styles"), icon=":material/style:"),
        st.Page("pages/train.py", title=say("Train"), icon=":material/school:"),
        st.Page("pages/classroom.py", title=say("Class"), url_path="class", icon=":material/groups:"),
        st.Page("pages/evaluate.py", title=say("Evaluate"), icon=":material/straighten:"),
        st.Page("pages/listen.py", title=say("Listen"), icon=":material/hearing:"),
        st.Page("pages/jazz_map.py", title=say("Jazz map"), url_path="jazz-map", icon=":material/map:"),
        st.Page("pages/raw_audio.py", title=say("Raw sound"), url_path="raw-sound", icon=":material/graphic_eq:"),
        st.Page("pages/benchmark.py", title=say("Benchmark"), icon=":material/leaderboard:"),
    ]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · Musegen")
    narrow_navigation(pages)
    desk.bring_back()
    try:
        page.run()
    except Exception:
        if not desk.page_failed():
            raise
        st.rerun()
    language_panel.choose()
    desk.save()
    desk.name_in_address()
else:
    from musegen.cli.address import say_address
    from musegen.ui import public_address
    from musegen.ui.look import open_every_page_through_the_app
    from musegen.ui.program import program
    from musegen.ui.routes import middleware, routes
    from musegen.ui.settled_memory import settle_in_background

    program().confine()
    open_every_page_through_the_app()
    say_address(public_address.own(), str(st.get_option("server.address") or ""))
    app = st.App(__file__, routes=routes(), middleware=middleware())
    program().sounds.make_in_advance()
    program().trainings.go_on_with_all()
    settle_in_background()
