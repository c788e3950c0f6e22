"""What is known of a track before it is mastered: its analysis, what is wrong with it, which profile fits."""
