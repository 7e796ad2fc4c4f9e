"""What is found in a workload: verdicts on its probes, and what it lacks."""
