"""Results, every output, and the drawings."""
