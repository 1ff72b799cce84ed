"""The benchmarks behind `make bench`: ratios of things measured side by side in one run."""
