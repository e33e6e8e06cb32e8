"""Tables for a class: what a teacher's link puts on every desk, and what is handed in."""
