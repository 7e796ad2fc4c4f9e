"""The settings: one definition of the fields, and how people give them."""
