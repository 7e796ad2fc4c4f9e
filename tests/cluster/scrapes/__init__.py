"""What Prometheus and vmagent really get from a pod, by the monitors of its manifest."""
