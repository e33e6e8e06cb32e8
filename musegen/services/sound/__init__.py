"""What is made of sound itself: clips continued sample by sample."""
