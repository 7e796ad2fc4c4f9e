"""Laws held against generated manifests."""
