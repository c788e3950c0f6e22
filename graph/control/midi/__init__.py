"""MIDI: from the bytes of a port to the controls of a console, and back."""
