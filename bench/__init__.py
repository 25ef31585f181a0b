"""The benchmarks, each printing a ratio to its floor."""
