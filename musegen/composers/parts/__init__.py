"""Parts: music for several instruments or hands in bars."""
