"""Short passages of a track as they will sound, beside one another at one loudness."""
