"""How settings are given, and their schema."""
