"""A real Kubernetes of one node, and what it makes of broken and of repaired manifests."""
