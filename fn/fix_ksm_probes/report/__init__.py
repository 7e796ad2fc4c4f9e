"""Results, and every output."""
