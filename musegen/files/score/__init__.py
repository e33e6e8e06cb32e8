"""Written scores, whatever file they come from: measures, the order in which they are played, tracks, the Piece."""
