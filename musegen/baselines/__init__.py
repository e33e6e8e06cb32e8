"""The notebooks' networks, for comparison."""
