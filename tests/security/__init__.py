"""What the function must not do to the machine it runs on, nor tell of what it reads."""
