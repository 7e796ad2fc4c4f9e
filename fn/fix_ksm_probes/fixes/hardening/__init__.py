"""The options that harden a pod which is Ready: one module for each."""
