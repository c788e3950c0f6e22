"""What is heard: auditions and inserts, with their controls, plans, tracks and meters."""
