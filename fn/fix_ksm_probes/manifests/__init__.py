"""The input: streams, items, workloads, pods, and the other items that concern them."""
