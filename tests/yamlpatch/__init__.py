"""Patches of YAML and JSON text, by themselves: nothing of Kubernetes."""
