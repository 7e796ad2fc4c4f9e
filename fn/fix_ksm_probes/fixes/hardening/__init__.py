"""The options that make a pod sound which is Ready: one module for each."""
