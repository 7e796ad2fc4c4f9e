"""The options, alone and together, on the shapes that people run."""
