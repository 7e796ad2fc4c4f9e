"""What the function must not do to the machine it runs on, nor show of what it reads."""
