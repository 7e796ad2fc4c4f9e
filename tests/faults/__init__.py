"""What goes wrong around the function, and how it ends then."""
