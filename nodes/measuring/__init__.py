"""Meters: loudness, peaks and what they report, over a whole track and over time."""
