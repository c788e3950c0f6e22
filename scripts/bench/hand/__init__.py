"""Benchmarks of the mastering hand: what it leaves of finished records, what it puts right, and what it never makes."""
