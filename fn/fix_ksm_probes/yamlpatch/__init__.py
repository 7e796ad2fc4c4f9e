"""RFC 6902 patches applied to YAML and JSON text, every other byte kept."""
