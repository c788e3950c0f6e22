"""Benchmarks: sound, loudness, limiters and speed, ours and those of peers."""
