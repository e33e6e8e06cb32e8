"""Networks of sound: the corpus of rendered jazz, fitting, publishing, and how well they measure."""
