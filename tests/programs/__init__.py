"""Command lines, flags and addresses as the programs read them."""
