"""The page around everything: width, spacing, headings. Colours come from the theme."""

import streamlit as st

from musegen.paths import assets_dir

_CSS = """
<style>
.stMainBlockContainer { max-width: 1240px; padding: 4.2rem 1.5rem 4rem; }
.stMainBlockContainer .stVerticalBlock { gap: 0.65rem; }
[class*="st-key-step-"] h4, .st-key-takes-row h4 { padding: 0; font-size: 1.02rem; line-height: 44px; }
[class*="st-key-step-"] .stMarkdown, .st-key-takes-row .stMarkdown { margin-bottom: 0; }
[class*="st-key-step-"] [data-testid="stMarkdownContainer"],
.st-key-takes-row [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.stButton button, .stDownloadButton button, .stPopover button, .stButtonGroup button { min-height: 44px; }
@media (max-width: 640px) {
  .stMainBlockContainer { padding: 4rem 0.8rem 3rem; }
  .stButtonGroup button { padding: 0.25rem 0.6rem; }
}
</style>
"""


def dress(title: str) -> None:
    """Set up the page; call it first."""
    st.set_page_config(page_title=title, page_icon=str(assets_dir() / "favicon.svg"), layout="wide")
    st.logo(str(assets_dir() / "logo.svg"), size="large")
    st.html(_CSS)
