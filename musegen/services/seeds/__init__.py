"""Seeds: drawn, typed, uploaded, played, hummed."""
