"""The options, alone and combined, on workloads that people run."""
