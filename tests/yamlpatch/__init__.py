"""Patches of YAML and JSON text, without Kubernetes."""
