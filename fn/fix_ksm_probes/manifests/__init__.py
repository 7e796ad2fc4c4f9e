"""What comes in: streams, items, workloads, pods and what stands beside them."""
