"""Training a style from a musician's own files: what is checked, asked for, watched and kept."""
