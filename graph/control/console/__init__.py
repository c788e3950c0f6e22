"""The console that all controllers share: its controls, readings, snapshots and schedule."""
