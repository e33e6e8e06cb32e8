"""The networks of the notebooks, to be trained on one's own files and heard beside the styles."""
