"""Files of our own: written whole or not at all, hidden until then, and sound set aside on disk."""
