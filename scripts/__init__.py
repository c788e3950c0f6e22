"""The programs: the `masterchain` command, benchmarks, the demo, and examples that run."""
