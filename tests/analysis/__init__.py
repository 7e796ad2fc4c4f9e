"""The decision: what a kubelet meets."""
