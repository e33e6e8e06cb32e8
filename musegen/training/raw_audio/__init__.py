"""The network over raw samples: its corpus, fitting and publishing, and how well it measures."""
