"""Takes that were kept, in one SQLite file under MUSEGEN_HOME."""
