"""The catalogue of reasons."""
