"""The benchmarks: how they read what other programs print."""
