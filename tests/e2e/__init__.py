"""Run the real programs of a manifest and look at them as a kubelet and a stranger do."""
