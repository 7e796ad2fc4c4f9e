"""The image as its users meet it: built once, looked into, and run by every caller."""
